// Rows that PostgreSQL builds as JSON, for objects that have lists or other objects inside.

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

// How a row becomes an object: object_at() its first column, or built here, which of long pages of
// wide objects costs PostgreSQL half.
using RowReader = core::Result<boost::json::object, Problem> (*)(const store::PgResult& result,
                                                                 int row);
core::Result<boost::json::object, Problem> first_column(const store::PgResult& result, int row);

// The answer with a page of rows, of which one more than the page has was asked for: the bigints
// that the next page begins behind, `keys` of them, are behind the first column.
Outcome answer_page(const Call& call, const store::PgResult& found, const Page& page,
                    const FieldSelection& fields, int keys = 1, RowReader read = first_column);

}  // namespace authd::api
