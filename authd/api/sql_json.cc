#include "authd/api/sql_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/parse.hpp>

namespace authd::api {

namespace json = boost::json;
using core::Unexpected;

std::string sql_word(std::string_view number, std::span<const std::string_view> words) {
  return fmt::format("(ARRAY['{}'])[{}]", fmt::join(words, "','"), number);
}

std::string sql_time(std::string_view time) {
  return fmt::format(R"(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))", time);
}

std::string sql_amount(std::string_view minor, std::string_view currency) {
  return fmt::format(
      "CASE WHEN {0} IS NOT NULL THEN json_build_object('minor', {0}, 'currency', {1}) END", minor,
      currency);
}

core::Result<json::object, Problem> object_at(const store::PgResult& result, int row, int column) {
  const std::string_view text = result.text(row, column);
  boost::system::error_code error;
  json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) {
    return Unexpected{Problem(store::unexpected("a row that is no object"))};
  }
  return std::move(parsed.get_object());
}

core::Result<json::object, Problem> first_column(const store::PgResult& result, int row) {
  return object_at(result, row);
}

Outcome answer_page(const Call& call, const store::PgResult& found, const Page& page,
                    const FieldSelection& fields, int keys, RowReader read) {
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < page.limit; ++row) {
    AUTHD_TRY(object, read(found, row));
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() <= page.limit) continue;
    last.clear();
    for (int key = 1; key <= keys; ++key) last.push_back(found.number<std::int64_t>(row, key));
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace authd::api
