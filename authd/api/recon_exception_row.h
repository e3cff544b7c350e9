// A row of authd.recon_discrepancy as the API shows it: an exception, or what a rule or a later
// file has settled or may settle yet.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"

namespace authd::api {

// The object, and the columns behind it: its id, the supplier's program, its version.
// authd.recon_discrepancy is `d`, its supplier `s`.
std::string recon_exception_select();
std::string recon_exception_joins();

inline constexpr std::array<std::string_view, 21> recon_exception_members{
    "id",       "supplier", "program",     "run",        "kind",        "state",      "resolution",
    "rule",     "stated",   "booked",      "difference", "line",        "item",       "match",
    "assignee", "detail",   "waits_until", "opened_at",  "resolved_at", "changed_at", "version"};

// With everything about it: its line, its item, the authorization, the match, and what people said
// and did. Of comments, proposals and steps the newest so many.
inline constexpr int recon_listed_max = 200;
core::Result<Answer, Problem> exception_answer(const Call& call, store::Connection& connection,
                                               std::int64_t id);
Outcome show_exception(const Call& call, const store::PgResult& found);  // of the statement below
inline constexpr const char* recon_exception_statement = "recon_exception_get";
std::vector<Statement> recon_exception_statements();

}  // namespace authd::api
