#include "authd/api/account_row.h"

#include "authd/api/json_values.h"
#include "authd/api/rfc3339.h"
#include "store/postgres/read_rows.h"

namespace authd::api {

namespace json = boost::json;
using core::Unexpected;

namespace {

const std::string master_columns =
    "account.id, account.program, account.holder_id, account.name, account.currency::text,"
    " account.status, account.kyc, account.overdraft_minor, account.minimum_minor,"
    " account.version, account.opened_at, account.changed_at, ";

}  // namespace

const std::string account_row_columns =
    master_columns + "balance.posted_minor, balance.held_minor, balance.pending_credit_minor";
const std::string new_account_row_columns = master_columns + "0::bigint, 0::bigint, 0::bigint";

core::Result<AccountRow, Problem> read_account_row(const store::PgResult& result, int row) {
  store::PgRow in(result, row);
  AccountRow r;
  core::Account& account = r.account;
  account.id = in.numbered<core::AccountId>(0);
  r.program = in.text(1);
  r.holder = in.optional(2);
  r.name = in.text(3);
  account.currency = in.currency(4);
  account.status = in.enumerator(5, core::AccountStatus::closed);
  account.kyc = in.enumerator(6, core::kyc_last);
  account.overdraft_minor = in.minor(7);
  account.minimum_minor = in.minor(8);
  r.version = in.number<std::int32_t>(9);
  r.opened_at = in.time(10);
  r.changed_at = in.time(11);
  account.posted_minor = in.minor(12);
  account.held_minor = in.minor(13);
  account.pending_credit_minor = in.minor(14);
  // What is available fits, as far as the state lets anything happen.
  in.expect(account.available_minor().has_value());
  if (!in.ok()) {
    return Unexpected{
        store::unexpected("account " + std::to_string(account.id.value) + " cannot be read")};
  }
  return r;
}

json::object balances_json(const core::Account& account) {
  const std::string_view currency = account.currency.alpha();
  return {{"posted", amount_json(account.posted_minor, currency)},
          {"held", amount_json(account.held_minor, currency)},
          {"pending", amount_json(account.pending_credit_minor, currency)},
          {"available", amount_json(account.available_minor().value_or(0), currency)}};
}

json::object account_json(const AccountRow& row) {
  const core::Account& account = row.account;
  json::object object;
  object["id"] = account.id.value;
  object["program"] = row.program;
  object["holder"] = row.holder ? json::value(*row.holder) : json::value(nullptr);
  object["name"] = text_or_null(row.name);
  object["currency"] = account.currency.alpha();
  object["status"] = account_status_names[static_cast<std::size_t>(account.status) - 1];
  object["kyc"] = core::name(account.kyc);
  object["overdraft_minor"] = account.overdraft_minor;
  object["minimum_minor"] = account.minimum_minor;
  object["balances"] = balances_json(account);
  object["version"] = row.version;
  object["opened_at"] = to_rfc3339(row.opened_at);
  object["changed_at"] = to_rfc3339(row.changed_at);
  return object;
}

}  // namespace authd::api
