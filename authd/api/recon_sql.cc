#include "authd/api/recon_sql.h"

#include <boost/json/serialize.hpp>

namespace authd::api {

namespace json = boost::json;
using store::PgParams;

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
