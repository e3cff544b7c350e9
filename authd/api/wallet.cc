#include "authd/api/wallet.h"

namespace authd::api {

using core::Unexpected;
using store::PgParams;

core::Result<Wallet, Problem> find_wallet(const Call& call, store::Connection& connection,
                                          std::int64_t account) {
  AUTHD_TRY(found, connection.exec_prepared("wallet_find", PgParams().number(account)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{Problem(Problem::Kind::not_found)};
  }
  const auto program = core::ProgramId::from(found.text(0, 0));
  const auto currency = core::Currency::from_alpha(found.text(0, 1));
  if (!program || !currency) {
    return Unexpected{store::unexpected("an account of no known program or currency")};
  }
  return Wallet{account, *program, *currency};
}

std::vector<Statement> wallet_statements() {
  return {{"wallet_find", "SELECT program, currency::text FROM authd.account WHERE id = $1"}};
}

}  // namespace authd::api
