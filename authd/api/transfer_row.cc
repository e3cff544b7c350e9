#include "authd/api/transfer_row.h"

#include <boost/json/parse.hpp>

#include "authd/api/rfc3339.h"
#include "store/postgres/read_rows.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::TransferStatus;

std::string_view wire_status(TransferStatus status) noexcept {
  if (status == TransferStatus::reserved) return "requested";
  if (status == TransferStatus::posted) return "settled";
  return core::name(status);
}

json::value account_or_null(core::AccountId account) {
  return account == core::AccountId{} ? json::value(nullptr) : json::value(account.value);
}

json::value reason_or_null(core::Reason reason) {
  return reason == core::Reason::approved ? json::value(nullptr) : json::value(core::name(reason));
}

// In one order: PostgreSQL keeps the members in another than they came in.
json::value counterparty_json(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return nullptr;
  json::object shown;
  for (const std::string_view member : {"name", "account", "bank"}) {
    const json::value* const value = parsed.get_object().if_contains(member);
    shown[member] = value == nullptr ? json::value(nullptr) : *value;
  }
  return shown;
}

std::optional<core::Timestamp> optional_time(const store::PgRow& in, int column) {
  if (in.is_null(column)) return std::nullopt;
  return in.time(column);
}

}  // namespace

bool TransferRow::is_visible_to(const Caller& caller) const noexcept {
  if (caller.may_see(transfer.program.view())) return true;
  return (!from_program.empty() && caller.may_see(from_program)) ||
         (!to_program.empty() && caller.may_see(to_program));
}

std::string transfer_select(std::string_view transfers) {
  return "SELECT t.program, t.id, t.kind, t.from_account_id, t.to_account_id, t.amount_minor,"
         " t.currency::text, t.reserve, t.mirrored, t.status, t.reason, t.requested_at,"
         " t.changed_at, t.begun_seq, t.sent_at, t.posted_at, t.returned_at,"
         " coalesce(d.reference, c.reference), d.counterparty::text, f.program, g.program, t.shard"
         " FROM " +
         std::string(transfers) +
         " AS t"
         " LEFT JOIN authd.transfer_detail AS d ON (d.id, d.program) = (t.id, t.program)"
         " LEFT JOIN authd.credit AS c ON t.mirrored AND c.id ="
         " CASE WHEN t.mirrored AND t.id ~ '^[0-9]{1,18}$' THEN t.id::bigint END"
         " LEFT JOIN authd.account AS f ON f.id = t.from_account_id"
         " LEFT JOIN authd.account AS g ON g.id = t.to_account_id";
}

core::Result<TransferRow, Problem> read_transfer(const store::PgResult& result, int row) {
  store::PgRow in(result, row);
  TransferRow read;
  core::Transfer& transfer = read.transfer;
  transfer.program = in.identifier<core::ProgramId>(0);
  transfer.id = in.identifier<core::MessageId>(1);
  transfer.kind = in.enumerator(2, core::transfer_kind_last);
  transfer.from = in.numbered<core::AccountId>(3);
  transfer.to = in.numbered<core::AccountId>(4);
  transfer.amount = {in.minor(5), in.currency(6)};
  transfer.reserve = in.flag(7);
  transfer.mirrored = in.flag(8);
  transfer.status = in.enumerator(9, core::transfer_status_last);
  transfer.reason = in.reason(10);
  transfer.requested_at = in.time(11);
  transfer.changed_at = in.time(12);
  transfer.begun_by = in.numbered<core::Sequence>(13);
  read.sent_at = optional_time(in, 14);
  read.posted_at = optional_time(in, 15);
  read.returned_at = optional_time(in, 16);
  read.reference = in.text(17);
  read.counterparty = in.text(18);
  read.from_program = in.text(19);
  read.to_program = in.text(20);
  read.shard = in.number<std::int32_t>(21);
  if (!in.ok()) return core::Unexpected{store::unexpected("a transfer that cannot be read")};
  return read;
}

TransferRow as_begun(const core::Transfer& transfer) {
  TransferRow row;
  row.transfer = transfer;
  core::Transfer& begun = row.transfer;
  begun.changed_at = begun.requested_at;
  if (begun.status == TransferStatus::declined) return row;
  begun.status = begun.reserve ? TransferStatus::reserved : TransferStatus::posted;
  if (!begun.reserve) row.posted_at = begun.requested_at;
  return row;
}

json::object transfer_json(const TransferRow& row, const Caller& caller) {
  const core::Transfer& transfer = row.transfer;
  const bool owned = caller.may_see(transfer.program.view());
  const auto named = [&](core::AccountId account, const std::string& program) {
    return owned || caller.may_see(program) ? account_or_null(account) : json::value(nullptr);
  };
  json::object object;
  object["id"] = transfer.id.view();
  object["program"] = transfer.program.view();
  object["kind"] = core::name(transfer.kind);
  object["status"] = core::name(transfer.status);
  object["reason"] = reason_or_null(transfer.reason);
  object["from"] = named(transfer.from, row.from_program);
  object["to"] = named(transfer.to, row.to_program);
  object["amount"] = amount_json(transfer.amount.minor_units, transfer.amount.currency.alpha());
  object["reference"] = text_or_null(row.reference);
  object["requested_at"] = to_rfc3339(transfer.requested_at);
  object["sent_at"] = time_or_null(row.sent_at);
  object["posted_at"] = time_or_null(row.posted_at);
  object["returned_at"] = time_or_null(row.returned_at);
  object["changed_at"] = to_rfc3339(transfer.changed_at);
  return object;
}

json::object wire_json(const TransferRow& row) {
  const core::Transfer& transfer = row.transfer;
  json::object object;
  object["id"] = transfer.id.view();
  object["program"] = transfer.program.view();
  object["status"] = wire_status(transfer.status);
  object["reason"] = reason_or_null(transfer.reason);
  object["account"] = account_or_null(transfer.from);
  object["amount"] = amount_json(transfer.amount.minor_units, transfer.amount.currency.alpha());
  object["counterparty"] = counterparty_json(row.counterparty);
  object["reference"] = text_or_null(row.reference);
  object["requested_at"] = to_rfc3339(transfer.requested_at);
  object["sent_at"] = time_or_null(row.sent_at);
  object["settled_at"] = time_or_null(row.posted_at);
  object["returned_at"] = time_or_null(row.returned_at);
  return object;
}

}  // namespace authd::api
