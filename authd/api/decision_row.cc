#include "authd/api/decision_row.h"

#include <boost/json/array.hpp>

#include "authd/api/json_values.h"
#include "authd/api/rfc3339.h"
#include "authd/explain/words.h"
#include "store/format/records.h"
#include "store/postgres/read_rows.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Message;
using core::Unexpected;

bool has_figures(const core::Finding& finding) noexcept {
  return finding.check == core::CheckKind::limit || finding.check == core::CheckKind::single_use;
}

json::object finding_json(const core::Finding& finding) {
  json::object object;
  object["level"] = core::name(finding.level);
  object["control"] = finding.control.value;
  object["version"] = finding.version;
  object["mode"] = explain::name(finding.mode);
  object["check"] = core::name(finding.check);
  object["passed"] = finding.passed;
  if (!has_figures(finding)) return object;
  object["max"] = finding.limit;
  object["used"] = finding.used;
  object["asked"] = finding.asked;
  object["left"] = finding.left();
  const bool resets = finding.resets_at != core::end_of_time;
  object["resets_at"] = resets ? json::value(to_rfc3339(finding.resets_at)) : json::value(nullptr);
  return object;
}

// The finding that declined, with what its figures count: the reason says it.
json::value decided_by_json(const DecisionRow& row) {
  const core::Explanation& explanation = row.explanation;
  if (!explanation.decided_by || *explanation.decided_by >= explanation.findings.size()) {
    return nullptr;
  }
  const core::Finding& finding = explanation.findings[*explanation.decided_by];
  json::object object = finding_json(finding);
  object["meaning"] = "This control " + std::string(explain::meaning(finding.check)) + ".";
  if (!has_figures(finding)) return object;
  const bool of_money = row.reason == core::Reason::amount_limit;
  object["measure"] = of_money ? "amount" : "count";
  return object;
}

json::array findings_json(const core::Explanation& explanation) {
  json::array findings;
  for (const core::Finding& finding : explanation.findings) {
    findings.push_back(finding_json(finding));
  }
  return findings;
}

json::value balance_json(const DecisionRow& row, const core::Balance& balance) {
  if (row.account == 0) return nullptr;  // no account was found: there is no balance
  return json::object{{"posted", amount_json(balance.posted_minor, row.account_currency)},
                      {"available", amount_json(balance.available_minor, row.account_currency)}};
}

json::value authorization_json(const DecisionRow& row) {
  if (row.authorization.empty()) return nullptr;
  const std::string_view currency = row.account == 0 ? row.currency : row.account_currency;
  return json::object{{"id", row.authorization},
                      {"status", core::name(row.closure)},
                      {"held", amount_json(row.held_minor, currency)},
                      {"authorized", amount_json(row.authorized_minor, currency)},
                      {"cleared", amount_json(row.cleared_minor, currency)}};
}

json::value notice_json(Message::Notice notice) {
  switch (notice) {
    case Message::Notice::none: break;
    case Message::Notice::approved: return "approved";
    case Message::Notice::declined: return "declined";
  }
  return nullptr;
}

// Nothing when the row is none of ours.
std::optional<DecisionRow> read_row(store::PgRow& in) {
  DecisionRow row;
  row.decided_at = in.time(0);
  row.shard = in.number<std::int32_t>(1);
  row.sequence = in.minor(2);
  row.program = in.text(3);
  row.message = in.text(4);
  row.card = in.text(5);
  row.kind = in.enumerator(6, core::kind_last);
  row.amount_minor = in.minor(7);
  row.currency = in.text(8);
  row.approved_minor = in.minor(9);
  row.reason = in.reason(10);
  row.cash_back_minor = in.minor(11);
  row.partial_allowed = in.flag(12);
  row.after = {in.minor(13), in.minor(14)};
  row.merchant = {std::string(in.text(15)), std::string(in.text(16)), std::string(in.text(17)),
                  in.number<std::int32_t>(18)};
  row.notice = in.enumerator(19, Message::Notice::declined);
  row.abandoned = in.flag(20);
  row.account = in.optional(21).value_or(0);
  row.account_program = in.text(22);
  row.account_currency = in.text(23);
  row.authorization = in.text(24);
  if (!row.authorization.empty()) {
    row.closure = in.enumerator(25, core::closure_last);
    row.held_minor = in.minor(26);
    row.authorized_minor = in.minor(27);
    row.cleared_minor = in.minor(28);
  }
  if (!in.is_null(29)) {  // decisions of older versions have none
    auto explanation = store::decode_explanation(in.bytes(29));
    if (!explanation) return std::nullopt;
    row.explanation = std::move(*explanation);
  }
  if (!in.ok()) return std::nullopt;
  return row;
}

}  // namespace

const std::string decision_columns =
    "SELECT d.decided_at, d.shard, d.seq, d.program, d.message_id, d.card_token, d.kind,"
    " d.amount_minor, d.currency::text, d.approved_minor, d.reason, d.cash_back_minor,"
    " d.partial_allowed, d.posted_after_minor, d.available_after_minor, d.merchant_name,"
    " d.merchant_id, d.merchant_country, coalesce(d.merchant_mcc, 0),"
    " coalesce(m.notice, d.notice, 1::smallint), coalesce(m.abandoned, false), w.id, w.program,"
    " w.currency::text, a.key, a.closure, a.held_minor,"
    " greatest(a.approved_minor, a.confirmed_minor) + a.adjusted_minor, a.cleared_minor,"
    " d.explanation";

// What is known about a message beside its decision counts if it was written later.
const std::string decision_joins =
    " LEFT JOIN authd.message AS m ON (m.message_id, m.program) = (d.message_id, d.program)"
    " AND m.shard = d.shard AND m.seq > d.seq"
    " LEFT JOIN authd.authorization AS a ON (a.shard, a.id) = (d.shard, d.authorization_id)";

core::Result<DecisionRow, Problem> read_decision(const store::PgResult& result, int row) {
  store::PgRow in(result, row);
  auto decision = read_row(in);
  if (!decision) return Unexpected{store::unexpected("a decision that cannot be read")};
  return std::move(*decision);
}

json::object decision_json(const DecisionRow& row) {
  const bool approved = row.reason == core::Reason::approved;
  json::object object;
  object["program"] = row.program;
  object["message"] = row.message;
  object["decided_at"] = to_rfc3339(row.decided_at);
  object["kind"] = core::name(row.kind);
  object["card"] = card_json(row.program, row.card);
  object["account"] = row.account == 0 ? json::value(nullptr) : json::value(row.account);
  object["merchant"] = merchant_json(row.merchant);
  object["amount"] = amount_json(row.amount_minor, row.currency);
  object["cash_back"] = amount_json(row.cash_back_minor, row.currency);
  object["partial_allowed"] = row.partial_allowed;
  object["outcome"] = approved ? "approved" : "declined";
  object["approved"] = amount_json(row.approved_minor, row.currency);
  object["reason"] = approved ? json::value(nullptr) : json::value(core::name(row.reason));
  object["meaning"] = explain::meaning(row.reason);
  object["decided_by"] = decided_by_json(row);
  object["findings"] = findings_json(row.explanation);
  object["balance_before"] = balance_json(row, row.explanation.before);
  object["balance_after"] = balance_json(row, row.after);
  object["extra_hold"] = amount_json(row.explanation.extra_hold_minor, row.currency);
  object["authorization"] = authorization_json(row);
  object["notice"] = notice_json(row.notice);
  object["abandoned"] = row.abandoned;
  object["shard"] = row.shard;
  object["sequence"] = row.sequence;
  return object;
}

}  // namespace authd::api
