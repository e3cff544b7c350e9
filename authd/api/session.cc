#include "authd/api/session.h"

#include <memory>

#include "authd/api/change.h"
#include "authd/api/idempotency.h"

namespace authd::api {

std::function<core::Result<void, store::PgError>(store::Connection&)> session_preparer(
    const std::vector<Resource>& resources) {
  std::vector<Statement> all;
  for (const auto& some : {change_statements(), idempotency_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (const Resource& resource : resources) {
    all.insert(all.end(), resource.statements.begin(), resource.statements.end());
  }
  return [all](store::Connection& connection) -> core::Result<void, store::PgError> {
    // Every statement has an index. Tables grow between two looks of the planner, and a plan that
    // reads all of one that was small would stay.
    AUTHD_TRY_VOID(connection.exec("SET ROLE authd_api; SET enable_seqscan = off"));
    for (const Statement& statement : all) {
      AUTHD_TRY_VOID(connection.prepare(statement.name, statement.sql.c_str()));
    }
    return {};
  };
}

}  // namespace authd::api
