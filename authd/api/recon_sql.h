// What the statements of reconciliation have in common. Their rows come as JSON that PostgreSQL
// has built: much of what is shown is a list inside of a row.

#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "authd/api/page.h"

namespace authd::api {

// Expressions. A number that has no word, and null, become null; the words are literals.
std::string sql_word(std::string_view number, std::span<const std::string_view> words);
std::string sql_time(std::string_view time);  // as to_rfc3339() writes it
std::string sql_amount(std::string_view minor, std::string_view currency);  // null without minor

// The object in a column of type text.
core::Result<boost::json::object, Problem> object_at(const store::PgResult& result, int row,
                                                     int column = 0);

// The answer with a page of rows, of which one more than the page has was asked for: an object, and
// the bigint that the next page begins behind.
Outcome answer_page(const Call& call, const store::PgResult& found, const Page& page,
                    const FieldSelection& fields);

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
std::string actor_of(const Call& call);

std::vector<Statement> recon_common_statements();

}  // namespace authd::api
