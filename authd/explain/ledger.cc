#include "authd/explain/ledger.h"

namespace authd::explain {

namespace {

using core::Result;
using core::Unexpected;
using store::PgError;
using store::PgResult;

constexpr const char* select_decisions =
    "SELECT seq, decided_at, coalesce(account_id, 0), coalesce(authorization_id, 0), amount_minor,"
    " approved_minor, posted_after_minor, available_after_minor, exposure_minor, cash_back_minor,"
    " coalesce(merchant_mcc, 0), kind::integer, reason::integer, coalesce(notice, 1)::integer,"
    " partial_allowed::integer, currency::text, program, coalesce(life_cycle, ''), card_token,"
    " merchant_id, merchant_name, merchant_country, explanation"
    " FROM authd.decision WHERE message_id = $1::text AND ($2::text = '' OR program = $2::text)"
    " ORDER BY program";

enum Column : int {
  seq,
  decided_at,
  account_id,
  authorization_id,
  amount_minor,
  approved_minor,
  posted_after_minor,
  available_after_minor,
  exposure_minor,
  cash_back_minor,
  merchant_mcc,
  kind,
  reason,
  notice,
  partial_allowed,
  currency,
  program,
  life_cycle,
  card_token,
  merchant_id,
  merchant_name,
  merchant_country,
  explanation,
};

// The fields of one row. What no decision of ours can be makes ok() false.
class DecisionRow {
 public:
  DecisionRow(const PgResult& rows, int row) : rows_(rows), row_(row) {}

  bool ok() const noexcept { return ok_; }

  std::int64_t minor(Column column) const noexcept {
    return rows_.number<std::int64_t>(row_, column);
  }
  std::uint64_t sequence(Column column) const noexcept {
    return static_cast<std::uint64_t>(minor(column));
  }
  core::Timestamp time(Column column) const noexcept { return rows_.time(row_, column); }

  // Between 0 and `last`.
  std::uint16_t number(Column column, int last) noexcept {
    const auto value = rows_.number<std::int32_t>(row_, column);
    if (value < 0 || value > last) ok_ = false;
    return ok_ ? static_cast<std::uint16_t>(value) : std::uint16_t{0};
  }
  template <class Id>
  Id id(Column column) noexcept {
    return known(Id::from(rows_.text(row_, column)));
  }
  core::MessageId optional_id(Column column) noexcept {
    return rows_.text(row_, column).empty() ? core::MessageId{} : id<core::MessageId>(column);
  }
  template <class Text>
  Text text(Column column) const noexcept {  // replaced bytes can have made it longer
    return Text::truncated(rows_.text(row_, column));
  }
  core::Currency unit() noexcept {
    return known(core::Currency::from_alpha(rows_.text(row_, currency)));
  }
  core::Reason outcome() noexcept {
    const std::uint16_t value = number(reason, INT16_MAX);
    if (!core::is_reason(value)) ok_ = false;
    return static_cast<core::Reason>(value);
  }
  core::Explanation findings() noexcept {
    const auto decoded = store::decode_explanation(store::bytes_of(rows_.text(row_, explanation)));
    if (!decoded) ok_ = false;
    return decoded ? *decoded : core::Explanation{};
  }

 private:
  template <class T>
  T known(const std::optional<T>& value) noexcept {
    if (!value) ok_ = false;
    return value.value_or(T{});
  }

  const PgResult& rows_;
  int row_;
  bool ok_ = true;
};

core::Request request_of(DecisionRow& row, const core::MessageId& message) {
  core::Request request;
  request.program = row.id<core::ProgramId>(program);
  request.message = message;
  request.authorization = row.optional_id(life_cycle);
  request.card = row.id<core::CardToken>(card_token);
  request.kind = static_cast<core::Kind>(row.number(kind, static_cast<int>(core::kind_last)));
  request.amount = {row.minor(amount_minor), row.unit()};
  request.cash_back_minor = row.minor(cash_back_minor);
  request.partial_approval = row.number(partial_allowed, 1) == 1;
  core::Merchant& merchant = request.details.merchant;
  merchant.mcc = row.number(merchant_mcc, 9'999);
  merchant.id = row.text<decltype(merchant.id)>(merchant_id);
  merchant.name = row.text<decltype(merchant.name)>(merchant_name);
  merchant.country = row.text<decltype(merchant.country)>(merchant_country);
  return request;
}

// The rows of the record that the text looks at.
std::vector<core::Row> rows_of(DecisionRow& row, const core::Request& request) {
  core::Message message;
  message.program = request.program;
  message.id = request.message;
  constexpr int last = static_cast<int>(core::Message::Notice::declined);
  message.notice = static_cast<core::Message::Notice>(row.number(notice, last));
  core::Authorization authorization;
  authorization.id = {row.sequence(authorization_id)};
  authorization.account = {row.minor(account_id)};
  authorization.key = request.authorization.empty() ? request.message : request.authorization;
  return {message, authorization};
}

store::Record record_of(DecisionRow& row, const core::MessageId& id) {
  const core::Request request = request_of(row, id);
  core::Answer answer;
  answer.decision = {row.outcome(),
                     {row.minor(approved_minor), request.amount.currency},
                     {row.minor(posted_after_minor), row.minor(available_after_minor)}};
  answer.authorization = {row.sequence(authorization_id)};
  answer.decided_at = row.time(decided_at);
  core::Moment moment;
  moment.at = answer.decided_at;
  moment.sequence = {row.sequence(seq)};
  moment.exposure_minor = row.minor(exposure_minor);
  return {request, moment, answer, row.findings(), rows_of(row, request)};
}

}  // namespace

Result<Found, PgError> search_ledger(store::Connection& ledger, const Wanted& wanted) {
  store::PgParams params;
  params.text(wanted.id.view()).text(wanted.program ? wanted.program->view() : "");
  AUTHD_TRY(rows, ledger.exec(select_decisions, params));
  Found found;
  found.source = Found::Source::ledger;
  for (int i = 0; i < rows.rows(); ++i) {
    DecisionRow row(rows, i);
    store::Record record = record_of(row, wanted.id);
    if (!row.ok()) {
      return Unexpected{
          store::unexpected("authd.decision does not hold a decision with its "
                            "explanation, as this version writes them")};
    }
    found.programs.push_back(std::get<core::Request>(record.command).program);
    found.records.push_back(std::move(record));
  }
  if (found.programs.size() > 1) found.records.clear();
  return found;
}

}  // namespace authd::explain
