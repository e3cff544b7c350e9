#include "authd/api/session.h"

#include <utility>

#include "authd/api/change.h"
#include "authd/api/idempotency.h"

namespace authd::api {

namespace {

store::PgError numbers_unknown() {
  return {store::PgError::Code::connect, {}, "the mirror has not looked at this database yet"};
}

}  // namespace

std::function<core::Result<void, store::PgError>(store::Connection&)> session_preparer(
    const std::vector<Resource>& resources, StateNumbers numbers) {
  std::vector<Statement> all;
  for (const auto& some : {change_statements(), idempotency_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (const Resource& resource : resources) {
    all.insert(all.end(), resource.statements.begin(), resource.statements.end());
  }
  return [all, numbers = std::move(numbers)](
             store::Connection& connection) -> core::Result<void, store::PgError> {
    // Every statement has an index. Tables grow between two looks of the planner, and a plan that
    // reads all of one that was small would stay. And a plan does for all parameters: to make one
    // for those of a call takes longer than most calls do.
    AUTHD_TRY_VOID(
        connection.exec("SET ROLE authd_api; SET enable_seqscan = off;"
                        " SET plan_cache_mode = force_generic_plan"));
    const auto known = numbers();
    if (!known) return core::Unexpected{numbers_unknown()};
    AUTHD_TRY_VOID(store::pass_numbers(connection, *known));
    for (const Statement& statement : all) {
      AUTHD_TRY_VOID(connection.prepare(statement.name, statement.sql.c_str()));
    }
    return {};
  };
}

}  // namespace authd::api
