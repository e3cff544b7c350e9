// Which exceptions are wanted, and one stretch of them, newest first.

#pragma once

#include <optional>
#include <string>

#include "authd/api/call.h"
#include "authd/api/query_reader.h"

namespace authd::api {

struct ExceptionFilter {
  std::string supplier;  // empty: any
  std::string assignee;  // likewise
  std::optional<std::int64_t> run;
  std::int16_t kind = 0;         // 0: any
  std::int16_t state_first = 2;  // exceptions, unless `state` says something else
  std::int16_t state_last = 4;

  // "supplier", "assignee", "run", "kind" and "state".
  static ExceptionFilter read(QueryReader& query);
};

// At most `count` with ids below `before`: rows of recon_exception_select(). Those of suppliers
// that the caller may not see are not there.
core::Result<store::PgResult, store::PgError> fetch_exceptions(const Call& call,
                                                               store::Connection& connection,
                                                               const ExceptionFilter& filter,
                                                               std::int64_t before,
                                                               std::int64_t count);

std::vector<Statement> exception_filter_statements();

}  // namespace authd::api
