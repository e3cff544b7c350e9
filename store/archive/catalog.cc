#include "store/archive/catalog.h"

#include <charconv>

#include "store/postgres/migrate.h"

namespace authd::store {

namespace {

// A column of PostgreSQL's own one-dimensional array of names, "{a,b}": none of ours needs quotes.
std::vector<std::string> names_of(std::string_view array) {
  std::vector<std::string> names;
  if (array.size() <= 2) return names;
  array = array.substr(1, array.size() - 2);
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = array.find(',');
    names.emplace_back(array.substr(0, comma));
    array.remove_prefix(comma == std::string_view::npos ? array.size() : comma + 1);
  }
  return names;
}

std::string array_of(const std::vector<std::string>& names) {
  std::string array;
  for (const std::string& name : names) array += (array.empty() ? "{" : ",") + name;
  return array + "}";
}

bool is_true(std::string_view text) noexcept { return text == "t"; }

// Of the server's own making.
template <class T = std::int64_t>
T integer_of(std::string_view digits) noexcept {
  T value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string in_month(Month month) { return " month = '" + month.date() + "'"; }

std::string quoted_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string list_of(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : ", ") + quoted_identifier(column);
  }
  return list;
}

Archived<std::vector<HistoryTable>> Catalog::tables() {
  AUTHD_TRY_SQL(found, connection_.exec(std::string(R"(
SELECT name,
       (SELECT array_agg(attname ORDER BY ordinal) FROM pg_index,
               unnest(indkey) WITH ORDINALITY AS k(number, ordinal), pg_attribute
         WHERE indrelid = ('authd.' || name)::regclass AND indisprimary AND attrelid = indrelid AND attnum = k.number),
       (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = ('authd.' || name)::regclass AND attnum > 0 AND NOT attisdropped)
  FROM authd.history_table ORDER BY name)")));
  std::vector<HistoryTable> tables;
  for (int row = 0; row < found.rows(); ++row) {
    tables.push_back({std::string(found.text(row, 0)), names_of(found.text(row, 1)),
                      names_of(found.text(row, 2))});
  }
  return tables;
}

Archived<std::vector<MonthPlace>> Catalog::places(int restored_days) {
  AUTHD_TRY_SQL(found, connection_.exec(R"(
SELECT month, bool_or(place = 'hot'), bool_or(place = 'warm'), bool_or(place = 'exported'), bool_or(place = 'cold'),
       bool_or(place = 'deleted'), coalesce(bool_or(restored_at > now() - interval ')" +
                                        std::to_string(restored_days) + R"( days'), false),
       coalesce(sum(rows) FILTER (WHERE place <> 'exported'), 0)::bigint, sum(table_bytes)::bigint,
       coalesce(sum(file_bytes) FILTER (WHERE place <> 'deleted'), 0)::bigint
  FROM (SELECT translate(right(relname, 7), '_', '-') AS month,
               CASE nspname WHEN 'authd' THEN 'hot' ELSE 'warm' END AS place, NULL::timestamptz AS restored_at,
               greatest(reltuples, 0)::bigint AS rows, pg_total_relation_size(pg_class.oid) AS table_bytes, 0 AS file_bytes
          FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          JOIN authd.history_table AS h ON relname ~ ('^' || h.name || '_\d{4}_\d{2}$')
         WHERE relkind = 'r' AND nspname IN ('authd', 'authd_archive')
        UNION ALL
        SELECT to_char(month, 'YYYY-MM'),
               CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN dropped_at IS NOT NULL THEN 'cold' ELSE 'exported' END,
               restored_at, row_count, 0, gzip_bytes
          FROM authd.archive_file) AS part
 GROUP BY 1 ORDER BY 1)"));
  std::vector<MonthPlace> places;
  for (int row = 0; row < found.rows(); ++row) {
    const auto flag = [&, row](int column) { return is_true(found.text(row, column)); };
    const auto month = Month::parse(found.text(row, 0));
    if (!month) continue;  // a table named for a month that the calendar does not have
    places.push_back({*month, flag(1), flag(2), flag(3), flag(4), flag(5), flag(6),
                      integer_of(found.text(row, 7)), integer_of(found.text(row, 8)),
                      integer_of(found.text(row, 9))});
  }
  return places;
}

Archived<bool> Catalog::exists(const std::string& qualified) {
  AUTHD_TRY_SQL(found, connection_.exec("SELECT to_regclass('" + qualified + "') IS NOT NULL"));
  return is_true(found.text(0, 0));
}

Archived<RowDigest> Catalog::digest(const std::string& table,
                                    const std::vector<std::string>& columns) {
  AUTHD_TRY_SQL(found, connection_.exec(digest_query(table, columns)));
  return RowDigest(integer_of<std::uint64_t>(found.text(0, 0)),
                   integer_of<std::uint64_t>(found.text(0, 1)));
}

Archived<std::int64_t> Catalog::count(const std::string& table) {
  AUTHD_TRY_SQL(found, connection_.exec("SELECT count(*) FROM " + table));
  return integer_of(found.text(0, 0));
}

Archived<std::int64_t> Catalog::needed_rows(Month month, int retention_days) {
  // What a bootstrap keeps, and messages about decisions: without its decision such a message
  // would look like one that was never decided.
  AUTHD_TRY_SQL(found,
                connection_.exec(
                    "WITH since AS (SELECT now() - interval '" + std::to_string(retention_days) +
                    R"( days' AS since), kept AS (
  SELECT shard, id FROM authd.authorization, since WHERE closure = 1 OR due_slot <> 0 OR held_minor > 0 OR changed_at >= since
  UNION SELECT shard, authorization_id FROM authd.decision_history, since WHERE decided_at >= since
  UNION SELECT shard, authorization_id FROM authd.message, since WHERE changed_at >= since)
SELECT (SELECT count(*) FROM since, authd_archive.decision_)" +
                    month.suffix() + R"( AS d
          LEFT JOIN authd.message AS m ON m.message_id = d.message_id AND m.program = d.program
         WHERE m.changed_at >= since
            OR (d.shard, d.authorization_id) IN (SELECT shard, id FROM kept)
            OR (m.shard, m.authorization_id) IN (SELECT shard, id FROM kept))
     + (SELECT count(*) FROM authd_archive.event_)" +
                    month.suffix() +
                    " AS e WHERE (e.shard, e.authorization_id) IN (SELECT shard, id FROM kept))"));
  return integer_of(found.text(0, 0));
}

Archived<std::vector<ArchiveFile>> Catalog::files(Month month) {
  AUTHD_TRY_SQL(found, connection_.exec(
                           "SELECT history_table, part, path, row_count, row_digest, plain_bytes,"
                           " gzip_bytes, plain_sha256, gzip_sha256, first_key, last_key, columns,"
                           " dropped_at IS NOT NULL, deleted_at IS NOT NULL"
                           " FROM authd.archive_file WHERE" +
                           in_month(month) + " ORDER BY history_table, part"));
  std::vector<ArchiveFile> files;
  for (int row = 0; row < found.rows(); ++row) {
    const auto text = [&, row](int column) { return std::string(found.text(row, column)); };
    const auto number = [&, row](int column) { return integer_of(found.text(row, column)); };
    files.push_back({.table = text(0),
                     .month = month,
                     .part = static_cast<int>(number(1)),
                     .path = text(2),
                     .digest = {integer_of<std::uint64_t>(found.text(row, 3)),
                                integer_of<std::uint64_t>(found.text(row, 4))},
                     .facts = {number(5), number(6), text(7), text(8)},
                     .first_key = text(9),
                     .last_key = text(10),
                     .columns = names_of(found.text(row, 11)),
                     .dropped = is_true(found.text(row, 12)),
                     .deleted = is_true(found.text(row, 13))});
  }
  return files;
}

Archived<> Catalog::add_file(const ArchiveFile& file) {
  AUTHD_TRY_SQL(version, schema_version(connection_));
  const PgParams params = std::move(PgParams()
                                        .text(file.month.date())
                                        .text(file.table)
                                        .number(std::int32_t{file.part})
                                        .text(file.path)
                                        .number(static_cast<std::int64_t>(file.digest.rows()))
                                        .text(std::to_string(file.digest.sum()))
                                        .number(file.facts.plain_bytes)
                                        .number(file.facts.gzip_bytes)
                                        .text(file.facts.plain_sha256)
                                        .text(file.facts.gzip_sha256)
                                        .text(file.first_key)
                                        .text(file.last_key)
                                        .text(array_of(file.columns))
                                        .number(version));
  AUTHD_TRY_SQL_VOID(connection_.exec(
      "INSERT INTO authd.archive_file (month, history_table, part, path, row_count, row_digest,"
      " plain_bytes, gzip_bytes, plain_sha256, gzip_sha256, first_key, last_key, columns,"
      " schema_version) VALUES ($1::text::date, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
      " nullif($11, ''), nullif($12, ''), $13::text::text[], $14)",
      params));
  return {};
}

Archived<> Catalog::forget_exported(const HistoryTable& table, Month month) {
  AUTHD_TRY_SQL_VOID(
      connection_.exec("DELETE FROM authd.archive_file WHERE dropped_at IS NULL AND"
                       " history_table = '" +
                       table.name + "' AND" + in_month(month)));
  return {};
}

Archived<> Catalog::mark_deleted(Month month) {
  AUTHD_TRY_SQL_VOID(connection_.exec(
      "UPDATE authd.archive_file SET deleted_at = now() WHERE dropped_at IS NOT NULL"
      " AND deleted_at IS NULL AND" +
      in_month(month)));
  return {};
}

Archived<std::string> Catalog::manifest(Month month) {
  // Nothing in it ever changes, so that the text can be compared.
  AUTHD_TRY_SQL(
      found, connection_.exec("SELECT jsonb_pretty(jsonb_build_object('month', '" + month.text() +
                              "', 'files', jsonb_agg(to_jsonb(f) - 'month' - 'dropped_at' -"
                              " 'restored_at' - 'deleted_at' ORDER BY history_table, part)))"
                              " FROM authd.archive_file AS f WHERE" +
                              in_month(month) + " HAVING count(*) > 0"));
  if (found.rows() == 0) return std::string();
  return std::string(found.text(0, 0)) + "\n";
}

}  // namespace authd::store
