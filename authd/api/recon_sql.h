// What the statements of reconciliation have in common.

#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "authd/api/change.h"
#include "authd/api/sql_json.h"

namespace authd::api {

struct SupplierName {
  std::int16_t id = 0;
  bool is_active = false;
};
// Nothing unless the supplier is there and of the caller's program.
core::Result<std::optional<SupplierName>, Problem> find_supplier(const Call& call,
                                                                 store::Connection& connection,
                                                                 std::string_view name);
inline constexpr std::size_t supplier_name_size_max = 32;

// A step of the caller, for the supplier's audit trail, in the transaction of the step.
struct TrailNote {
  std::int16_t supplier = 0;
  std::int64_t run = 0;        // 0: none
  std::int64_t exception = 0;  // 0: none
  std::string_view action;
  boost::json::object detail;
};
core::Result<void, Problem> note(const Call& call, store::Connection& connection,
                                 const TrailNote& note);

std::vector<Statement> recon_common_statements();

}  // namespace authd::api
