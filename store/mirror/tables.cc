#include "store/mirror/tables.h"

#include <chrono>
#include <thread>

namespace authd::store {

namespace {

using core::Unexpected;

// A synchronous standby may keep a commit from being seen.
constexpr std::chrono::milliseconds visible_within{10'000};

std::string select(MirroredTable table, const std::string& where) {
  return "SELECT " + columns_list(table) + " FROM authd." + std::string(name(table)) + " WHERE " +
         where;
}

std::vector<std::string> column_names(const PgResult& result) {
  std::vector<std::string> names;
  for (int column = 0; column < PQnfields(result.get()); ++column) {
    names.emplace_back(PQfname(result.get(), column));
  }
  return names;
}

MirroredFields fields_of(const PgResult& result, int row) {
  MirroredFields fields{};
  for (int column = 0; column < PQnfields(result.get()); ++column) {
    if (result.is_null(row, column)) continue;
    fields[static_cast<std::size_t>(column)] = {pgoutput::Value::Kind::text,
                                                result.text(row, column)};
  }
  return fields;
}

// What the server says about a table or column that is not there.
MirrorFailure failed_select(const PgError& error) {
  MirrorFailure failure = failed(error);
  if (error.state() == "42P01" || error.state() == "42703" || error.state() == "3F000") {
    failure.state = MirrorState::schema_mismatch;
  }
  return failure;
}

}  // namespace

MirrorTry<void> check_tables(Connection& connection) {
  for (const MirroredTable table : mirrored_tables) {
    const auto none =
        connection.exec("SELECT * FROM authd." + std::string(name(table)) + " LIMIT 0");
    if (!none) return Unexpected{failed_select(none.error())};
    const auto shape = RowShape::of(table, column_names(*none));
    if (!shape) return Unexpected{failed(shape.error())};
  }
  return {};
}

MirrorTry<void> wait_until_visible(Connection& connection, std::uint32_t xid) {
  // The whole number is the one with this lower half that is nearest to the newest.
  constexpr const char* is_visible =
      "SELECT pg_visible_in_snapshot((n - ((n - $1) & 4294967295))::text::xid8,"
      " pg_current_snapshot())"
      " FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8 + 2147483648 AS n) AS s";
  const auto deadline = std::chrono::steady_clock::now() + visible_within;
  for (;;) {
    const auto answer = connection.exec(is_visible, PgParams().number(std::int64_t{xid}));
    if (!answer) return Unexpected{failed(answer.error())};
    if (answer->number<std::int8_t>(0, 0) != 0) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return Unexpected{MirrorFailure{MirrorState::connecting, "a commit does not become visible"}};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

MirrorTry<std::optional<core::Command>> read_row_now(Connection& connection,
                                                     const MirroredKey& key) {
  const auto found = connection.exec(select(table_of(key), condition_of(key)));
  if (!found) return Unexpected{failed_select(found.error())};
  if (found->rows() == 0) return std::optional<core::Command>();
  const auto command = read_row(table_of(key), fields_of(*found, 0));
  if (!command) return Unexpected{failed(command.error())};
  return std::optional<core::Command>(*command);
}

MirrorTry<void> read_table(Connection& connection, MirroredTable table, const std::string& where,
                           const TakeFields& take) {
  const auto declared = connection.exec(
      "SET LOCAL cursor_tuple_fraction = 1; DECLARE authd_rows NO SCROLL CURSOR FOR " +
      select(table, where));
  if (!declared) return Unexpected{failed_select(declared.error())};
  for (;;) {
    const auto portion = connection.exec(std::string("FETCH FORWARD 5000 FROM authd_rows"));
    if (!portion) return Unexpected{failed(portion.error())};
    if (portion->rows() == 0) break;
    for (int row = 0; row < portion->rows(); ++row) {
      AUTHD_TRY_VOID(take(fields_of(*portion, row)));
    }
  }
  const auto closed = connection.exec(std::string("CLOSE authd_rows"));
  if (!closed) return Unexpected{failed(closed.error())};
  return {};
}

MirrorTry<void> check_rows(Connection& connection, MirroredTable table) {
  auto transaction = Transaction::begin(connection, "BEGIN READ ONLY");
  if (!transaction) return Unexpected{failed(transaction.error())};
  return read_table(connection, table, "true",
                    [table](const MirroredFields& fields) -> MirrorTry<void> {
                      const auto command = read_row(table, fields);
                      if (!command) return Unexpected{failed(command.error())};
                      return {};
                    });
}

}  // namespace authd::store
