#include "authd/recon/engine/supplier_table.h"

#include <boost/json/serialize.hpp>

#include "authd/recon/definition.h"

namespace authd::recon {

using core::Result;
using store::PgError;
using store::PgParams;

namespace {

// Keeps out whoever else writes these rows, but not runs, which refer to them.
constexpr const char* lock = "LOCK TABLE authd.recon_supplier IN SHARE ROW EXCLUSIVE MODE";

// Not ON CONFLICT: each attempt would use up an id, of which there are 32,767.
constexpr const char* change =
    "UPDATE authd.recon_supplier SET is_active = true, changed_at = now(), books = $2,"
    " program = $3, approval_above_minor = $4, definition = $5::text::jsonb"
    " WHERE name = $1 AND (is_active, books, program, approval_above_minor, definition)"
    "     IS DISTINCT FROM (true, $2, $3, $4, $5::text::jsonb)"
    " RETURNING id";
constexpr const char* add =
    "INSERT INTO authd.recon_supplier (name, books, program, approval_above_minor, definition)"
    " SELECT $1::text, $2::smallint, $3::text, $4::bigint, $5::text::jsonb"
    "  WHERE NOT EXISTS (SELECT FROM authd.recon_supplier WHERE name = $1::text)"
    " RETURNING id";
constexpr const char* active = "SELECT id, name FROM authd.recon_supplier WHERE is_active";
constexpr const char* deactivate =
    "UPDATE authd.recon_supplier SET is_active = false, changed_at = now() WHERE id = $1";
constexpr const char* note =
    "SELECT authd.recon_note($1, NULL, 'authd', ARRAY[NULL]::bigint[], ARRAY[$2::text],"
    " ARRAY[$3::text::jsonb])";

Result<void, PgError> add_note(store::Connection& connection, std::int16_t supplier,
                               std::string_view action, std::string_view detail) {
  AUTHD_TRY_VOID(connection.exec(note, PgParams().number(supplier).text(action).text(detail)));
  return {};
}

Result<void, PgError> write(store::Connection& connection, const Supplier& supplier) {
  const std::string definition = boost::json::serialize(definition_json(supplier));
  const auto row = PgParams()
                       .text(supplier.name)
                       .number(static_cast<std::int16_t>(supplier.books))
                       .text(supplier.program.view())
                       .number(supplier.approval_above_minor)
                       .text(definition);
  for (const char* const statement : {change, add}) {
    AUTHD_TRY(written, connection.exec(statement, row));
    if (written.rows() == 0) continue;  // it is as it must be, or it is not there
    return add_note(connection, written.number<std::int16_t>(0, 0), "configured", definition);
  }
  return {};
}

Result<void, PgError> deactivate_others(store::Connection& connection, const Suppliers& suppliers) {
  AUTHD_TRY(rows, connection.exec(active, PgParams()));
  for (int row = 0; row < rows.rows(); ++row) {
    if (suppliers.find(rows.text(row, 1)) != nullptr) continue;
    const auto id = rows.number<std::int16_t>(row, 0);
    AUTHD_TRY_VOID(connection.exec(deactivate, PgParams().number(id)));
    AUTHD_TRY_VOID(add_note(connection, id, "no_longer_configured", "{}"));
  }
  return {};
}

}  // namespace

Result<void, PgError> sync_suppliers(store::Connection& connection, const Suppliers& suppliers) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY_VOID(connection.exec(lock));
  for (const Supplier& supplier : suppliers.suppliers) AUTHD_TRY_VOID(write(connection, supplier));
  AUTHD_TRY_VOID(deactivate_others(connection, suppliers));
  return transaction.commit();
}

}  // namespace authd::recon
