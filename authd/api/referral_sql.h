// What the statements of referral have in common.
//
// Those that select an object give it as the text of column 0, and behind it its key, its program
// and its version; null where it has none. Lists have more keys, or only them.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "authd/api/body_reader.h"
#include "authd/api/call.h"
#include "authd/api/query_reader.h"
#include "authd/api/sql_json.h"

namespace authd::api {

// The object of a GET, with the fields that it asks for; not_found when it is another program's.
Outcome show_referral(const Call& call, const store::PgResult& found,
                      std::span<const std::string_view> members);

// The object as the statement shows it now: the answer of a change. It is there, and the caller's.
Outcome answer_referral(store::Connection& connection, const char* statement,
                        const store::PgParams& key, int status = 200);

// A page of a list that is about one object (see referral_list_sql): not_found when that is not
// there or another program's.
Outcome answer_referral_list(const Call& call, const store::PgResult& found, const Page& page,
                             const FieldSelection& fields, int keys = 1,
                             RowReader read = first_column);

// A list that is about a member, in one statement. `rows` selects `object` and the columns that
// `keys` names ("item.id"), in their order and limited; the member is `m`, his program `p`, $1 his
// number. Of a member without any the row is null. `further` columns are for a RowReader, and come
// last.
std::string referral_list_sql(std::string_view rows, std::string_view keys, std::string_view order,
                              std::string_view further = "");

// A rule of referral says no. `refusal` tells them apart: it is a member of the problem.
Problem refused(std::string_view refusal, std::string detail);

// "2026-11-22": of a body and of a query.
bool is_date(std::string_view text);
std::optional<std::string> read_date(QueryReader& query, std::string_view name);
Field<std::string> read_date(BodyReader& body, std::string_view name, Need need);

inline constexpr std::size_t referral_program_size_max = 32;
inline constexpr BodyReader::TextSize referral_reason_size{1, 500};

std::string read_reason(BodyReader& body);  // a required "reason"

}  // namespace authd::api
