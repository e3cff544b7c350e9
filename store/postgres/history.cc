#include "store/postgres/history.h"

#include "store/format/records.h"
#include "store/postgres/utf8.h"

namespace authd::store {

namespace {

constexpr const char* copy_decisions =
    "COPY authd.decision (shard, seq, decided_at, program, message_id, life_cycle, card_token,"
    " account_id, kind, amount_minor, currency, approved_minor, reason, authorization_id,"
    " posted_after_minor, available_after_minor, share_minor, notice, exposure_minor,"
    " extra_hold_minor, cash_back_minor, partial_allowed, decided_by, explanation, merchant_mcc,"
    " merchant_id, merchant_name, merchant_country) FROM STDIN BINARY";
constexpr std::int16_t decision_fields = 28;

constexpr const char* copy_events =
    "COPY authd.event (shard, seq, booked_at, kind, authorization_id, account_id, currency,"
    " held_minor, posted_minor, pending_credit_minor, unasked, over_captured, late, ghost,"
    " below_zero, program, card_token, notice_id, life_cycle, about, transaction_kind,"
    " amount_minor, final, timed_out, merchant_mcc, merchant_id, merchant_name, merchant_country)"
    " FROM STDIN BINARY";
constexpr std::int16_t event_fields = 28;

// Kinds of events that no processor tells.
constexpr std::int16_t expired_by_calendar = 101;
constexpr std::int16_t abandoned = 102;

template <class Id>
void id_or_null(CopyRows& row, Id id) {
  id == Id{} ? row.null() : row.number(id.value);
}

}  // namespace

void History::add(const core::Moment& moment, const core::Request& request,
                  const core::Answer& answer, const core::Explanation& explanation,
                  core::AccountId account, const core::Message& message) {
  const core::Decision& decision = answer.decision;
  CopyRows& row = decisions_;
  row.row(decision_fields);
  row.number(shard_);
  row.number(moment.sequence.value);
  row.time(moment.at);
  row.text(request.program.view());
  row.text(request.message.view());
  row.text_or_null(request.authorization.view());
  row.text(request.card.view());
  id_or_null(row, account);
  row.enumerator(request.kind);
  row.number(request.amount.minor_units);
  row.text(request.amount.currency.alpha());
  row.number(decision.approved.minor_units);
  row.enumerator(decision.reason);
  id_or_null(row, answer.authorization);
  row.number(decision.balance.posted_minor);
  row.number(decision.balance.available_minor);
  const bool in_full = answer.authorization != core::AuthorizationId{};
  const std::int64_t ordinary_share = in_full ? decision.approved.minor_units : 0;
  message.approved_minor == ordinary_share ? row.null() : row.number(message.approved_minor);
  message.notice == core::Message::Notice::none ? row.null() : row.enumerator(message.notice);
  row.number(moment.exposure_minor);
  row.number(explanation.extra_hold_minor);
  row.number(request.cash_back_minor);
  row.flag(request.partial_approval);
  const auto by = explanation.decided_by;
  by ? row.number(explanation.findings[*by].control.value) : row.null();
  scratch_.clear();
  encode_explanation(explanation, scratch_);
  row.bytes(scratch_);
  add_merchant(row, request.details.merchant);
}

void History::add_merchant(CopyRows& row, const core::Merchant& merchant) {
  merchant.mcc == 0 ? row.null() : row.number(std::int32_t{merchant.mcc});
  row.text_or_null(clean_utf8(merchant.id.view(), text_scratch_));
  row.text_or_null(clean_utf8(merchant.name.view(), text_scratch_));
  row.text_or_null(clean_utf8(merchant.country.view(), text_scratch_));
}

// The fields up to below_zero.
void History::begin_event(const core::Moment& moment, std::int16_t kind,
                          const core::Booking& booking, core::Currency currency) {
  CopyRows& row = events_;
  row.row(event_fields);
  row.number(shard_);
  row.number(moment.sequence.value);
  row.time(moment.at);
  row.number(kind);
  id_or_null(row, booking.authorization);
  id_or_null(row, booking.account);
  currency == core::Currency{} ? row.null() : row.text(currency.alpha());
  row.number(booking.held_minor);
  row.number(booking.posted_minor);
  row.number(booking.pending_credit_minor);
  row.flag(booking.unasked);
  row.flag(booking.over_captured);
  row.flag(booking.late);
  row.flag(booking.ghost);
  row.flag(booking.below_zero);
}

void History::add(const core::Moment& moment, const core::Event& event,
                  const core::Booking& booking) {
  begin_event(moment, static_cast<std::int16_t>(event.kind), booking, event.amount.currency);
  CopyRows& row = events_;
  row.text(event.program.view());
  row.text_or_null(event.card.view());
  row.text(event.notice.view());
  row.text_or_null(event.authorization.view());
  row.text_or_null(event.about.view());
  row.enumerator(event.transaction);
  row.number(event.amount.minor_units);
  row.flag(event.final);
  row.flag(event.timed_out);
  add_merchant(row, event.details.merchant);
}

void History::add_expiry(const core::Moment& moment, const core::Authorization& expired,
                         const core::Booking& booking) {
  begin_event(moment, expired_by_calendar, booking, booking.currency);
  CopyRows& row = events_;
  row.text(expired.program.view());
  row.text_or_null(expired.card.view());
  row.null();  // no notice
  row.text(expired.key.view());
  row.null();  // about no message
  row.null();  // no transaction
  row.null();  // no amount
  row.flag(false);
  row.flag(false);
  add_merchant(row, {});
}

void History::add_abandonment(const core::Moment& moment, const core::Abandon& abandon,
                              const core::Booking& booking) {
  begin_event(moment, abandoned, booking, booking.currency);
  CopyRows& row = events_;
  row.text(abandon.program.view());
  row.null();  // the message knows the card
  row.null();
  row.null();
  row.text(abandon.message.view());
  row.null();
  row.null();
  row.flag(false);
  row.flag(false);
  add_merchant(row, {});
}

core::Result<void, PgError> History::write(Connection& connection) {
  AUTHD_TRY_VOID(connection.copy_in(copy_decisions, decisions_));
  return connection.copy_in(copy_events, events_);
}

void History::clear() noexcept {
  decisions_.clear();
  events_.clear();
}

}  // namespace authd::store
