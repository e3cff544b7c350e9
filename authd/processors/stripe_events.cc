// What Stripe's events say has happened; see stripe.h.
//
// An authorization comes as a whole, after the change. Its totals become what does not depend on
// the order of the events: an amount that has grown is what is authorized in all, one that has
// fallen is what was reversed, and an end is an end. The exception is an increment that was
// declined since our answer did not arrive: nothing names our approval of it, so the total is set.
//
// Not verified, and taken as follows:
//  - `amount` stays what was authorized once captures arrive. Where it should fall together with a
//    new transaction, that is the capture, and no reversal.
//  - `amount` after the end may be anything: the status alone is enough.
//  - `request_history` may begin with the oldest or the newest: the time of the decision tells.

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "authd/processors/stripe.h"
#include "authd/processors/stripe_reader.h"

namespace authd::processors {

namespace {

using core::EventKind;
using stripe::fields;
using stripe::StripeReader;

// The newest entry of `request_history`.
struct LastDecision {
  bool exists = false;
  bool approved = false;
  std::int64_t decided_at = 0;  // seconds
  std::string_view reason;

  // Stripe has decided itself since there was no answer, or none it could read: what we have
  // decided meanwhile is void.
  bool without_us() const noexcept {
    return reason == "webhook_timeout" || reason == "webhook_error";
  }
};

void take_decision(std::span<const JsonValue> values, LastDecision& last) {
  const JsonValue& created = values[fields["data.object.request_history.[].created"]];
  const JsonValue& reason = values[fields["data.object.request_history.[].reason"]];
  std::int64_t at = 0;
  if (created.type == JsonType::number)
    std::from_chars(created.text.data(), created.text.data() + created.text.size(), at);
  if (last.exists && at < last.decided_at) return;
  last.exists = true;
  last.approved = values[fields["data.object.request_history.[].approved"]].text == "true";
  last.decided_at = at;
  last.reason = reason.type == JsonType::string ? reason.text : std::string_view();
}

// An authorization after a change.
struct Snapshot {
  std::string_view status;
  bool approved = false;
  std::int64_t amount_minor = 0;
  std::int64_t fallen_minor = 0;  // by the change
  bool was_captured = false;      // by the change
  LastDecision last;
};

struct Change {
  EventKind kind;
  std::int64_t minor = 0;
  bool final = false;
  bool timed_out = false;
};

// Nothing: no money moved.
std::optional<Change> change_of(const Snapshot& now) {
  if (now.status == "reversed") return Change{EventKind::reversed, now.fallen_minor, true, false};
  if (now.status == "expired") return Change{EventKind::expired, now.fallen_minor, false, false};
  if (now.status == "closed") {
    if (now.approved) return Change{EventKind::closed, now.amount_minor, false, false};
    return Change{EventKind::declined, now.amount_minor, false, now.last.without_us()};
  }
  // Pending, or a word that is younger than this table.
  if (!now.approved) return std::nullopt;  // not decided yet
  if (now.fallen_minor > 0) {
    if (now.was_captured) return std::nullopt;
    return Change{EventKind::reversed, now.fallen_minor, false, false};
  }
  const bool increment_is_void = now.last.exists && !now.last.approved && now.last.without_us();
  return Change{increment_is_void ? EventKind::advised : EventKind::approved, now.amount_minor,
                false, false};
}

Field<Snapshot> snapshot_of(const StripeReader& reader, core::Currency currency,
                            const LastDecision& last) {
  AUTHD_TRY(status, reader.found().text(fields["data.object.status"]));
  AUTHD_TRY(approved, reader.boolean(fields["data.object.approved"]));
  AUTHD_TRY(minor, reader.amount(fields["data.object.amount"], currency));
  AUTHD_TRY(before, reader.optional_amount(fields["data.previous_attributes.amount"], currency));

  Snapshot snapshot;
  snapshot.status = status;
  snapshot.approved = approved;
  snapshot.amount_minor = minor;
  snapshot.fallen_minor = std::max<std::int64_t>(before - minor, 0);
  snapshot.was_captured = !reader.is_absent(fields["data.previous_attributes.transactions"]);
  snapshot.last = last;
  return snapshot;
}

// What stands in every event about money.
Field<core::Event> event_of(const StripeReader& reader, const core::ProgramId& program,
                            core::Currency currency) {
  AUTHD_TRY(notice, reader.id(fields["id"]));
  AUTHD_TRY(card, reader.card());
  core::Event event;
  event.program = program;
  event.notice = notice;
  event.card = card;
  event.amount.currency = currency;
  event.details = reader.details(fields["data.object.merchant_currency"],
                                 fields["data.object.amount_details.atm_fee"], currency);
  return event;
}

using Understood = Field<std::optional<core::Event>>;

Understood of_authorization(const StripeReader& reader, const core::ProgramId& program,
                            const LastDecision& last) {
  AUTHD_TRY(currency, reader.currency(fields["data.object.currency"]));
  AUTHD_TRY(event, event_of(reader, program, currency));
  AUTHD_TRY(authorization, reader.id(fields["data.object.id"]));
  AUTHD_TRY(snapshot, snapshot_of(reader, currency, last));
  const auto change = change_of(snapshot);
  if (!change) return std::optional<core::Event>();

  event.authorization = authorization;
  event.kind = change->kind;
  event.amount.minor_units = change->minor;
  event.transaction = stripe::kind_of(event.details, change->minor);
  event.final = change->final;
  event.timed_out = change->timed_out;
  return std::optional(event);
}

// Money that has moved: it is the sign that says where to, `type` is only its name.
Understood of_transaction(const StripeReader& reader, const core::ProgramId& program,
                          bool is_update) {
  constexpr std::size_t before_field = fields["data.previous_attributes.amount"];
  if (is_update && reader.is_absent(before_field)) return std::optional<core::Event>();
  AUTHD_TRY(currency, reader.currency(fields["data.object.currency"]));
  AUTHD_TRY(event, event_of(reader, program, currency));
  AUTHD_TRY(transaction, reader.id(fields["data.object.id"]));
  AUTHD_TRY(authorization, reader.optional_id_of(fields["data.object.authorization"],
                                                 fields["data.object.authorization.id"]));
  AUTHD_TRY(minor, reader.signed_amount(fields["data.object.amount"], currency));
  std::int64_t moved_minor = minor;
  if (is_update) {
    AUTHD_TRY(before, reader.signed_amount(before_field, currency));
    moved_minor -= before;  // both have 18 digits at most
    if (moved_minor > core::minor_units_max || moved_minor < -core::minor_units_max)
      return reader.found().refuse(ParseFault::amount_overflow, before_field);
  } else {
    event.notice = transaction;
  }
  if (moved_minor == 0) return std::optional<core::Event>();

  event.authorization = authorization;
  event.kind = moved_minor > 0 ? EventKind::refunded : EventKind::cleared;
  event.amount.minor_units = moved_minor > 0 ? moved_minor : -moved_minor;
  event.transaction = stripe::kind_of(event.details, event.amount.minor_units);
  return std::optional(event);
}

Understood understand(const StripeReader& reader, const core::ProgramId& program,
                      const LastDecision& last) {
  AUTHD_TRY(type, reader.found().text(fields["type"]));
  const bool transaction_updated = type == "issuing_transaction.updated";
  const bool is_transaction = transaction_updated || type == "issuing_transaction.created";
  const bool is_authorization =
      type == "issuing_authorization.created" || type == "issuing_authorization.updated";
  if (!is_transaction && !is_authorization) return std::optional<core::Event>();
  AUTHD_TRY_VOID(reader.has_data());
  if (is_transaction) return of_transaction(reader, program, transaction_updated);
  return of_authorization(reader, program, last);
}

}  // namespace

std::optional<ParseError> StripeAdapter::read_events(JsonWalk& walk, const core::ProgramId& program,
                                                     PaddedBody body,
                                                     std::vector<core::Event>& events) const {
  std::array<JsonValue, fields.count> values;
  LastDecision last;
  const auto on_element = [&values, &last](std::size_t field) {
    if (field == fields["data.object.request_history.[]"]) take_decision(values, last);
  };
  const auto walked = walk.run(body, fields.table(), values, on_element);
  if (!walked) return walked.error();
  const auto understood = understand(StripeReader(values, units_), program, last);
  if (!understood) return understood.error();
  if (*understood) events.push_back(**understood);
  return std::nullopt;
}

}  // namespace authd::processors
