#include "authd/api/recon_sql.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace authd::api {

namespace json = boost::json;
using core::Unexpected;
using store::PgParams;

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
    return Unexpected{Problem(store::unexpected("an object of reconciliation that is none"))};
  }
  return std::move(parsed.get_object());
}

Outcome answer_page(const Call& call, const store::PgResult& found, const Page& page,
                    const FieldSelection& fields) {
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < page.limit; ++row) {
    AUTHD_TRY(object, object_at(found, row));
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {found.number<std::int64_t>(row, 1)};
  }
  return page_answer(call, std::move(items), last);
}

core::Result<std::optional<SupplierName>, Problem> find_supplier(const Call& call,
                                                                 store::Connection& connection,
                                                                 std::string_view name) {
  AUTHD_TRY(found, connection.exec_prepared("recon_supplier_find", PgParams().text(name)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 1))) {
    return std::optional<SupplierName>();
  }
  return std::optional<SupplierName>(
      SupplierName{found.number<std::int16_t>(0, 0), found.number<std::int8_t>(0, 2) != 0});
}

std::string actor_of(const Call& call) { return "key:" + call.caller.prefix; }

core::Result<void, Problem> note(const Call& call, store::Connection& connection,
                                 const TrailNote& note) {
  PgParams params;
  params.number(note.supplier).number(note.run).text(actor_of(call)).number(note.exception);
  params.text(note.action).text(json::serialize(note.detail));
  AUTHD_TRY_VOID(connection.exec_prepared("recon_note", params));
  return {};
}

std::vector<Statement> recon_common_statements() {
  return {{"recon_supplier_find",
           "SELECT id, program, is_active FROM authd.recon_supplier WHERE name = $1"},
          {"recon_note",
           "SELECT authd.recon_note($1, nullif($2::bigint, 0), $3,"
           " ARRAY[nullif($4::bigint, 0)], ARRAY[$5::text], ARRAY[$6::text::jsonb])"}};
}

}  // namespace authd::api
