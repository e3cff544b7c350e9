#include "store/mirror/slot.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace authd::store {

namespace {

using core::Unexpected;

constexpr std::size_t slot_name_size_max = 63;

template <class T>
std::optional<T> parse(std::string_view text, int base = 10) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  std::string text(digits.data(), end);
  for (char& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// In an SQL identifier or literal; both kinds of quotes are doubled within themselves.
std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

}  // namespace

std::string to_text(Lsn lsn) {
  return hexadecimal(static_cast<std::uint32_t>(lsn >> 32U)) + "/" +
         hexadecimal(static_cast<std::uint32_t>(lsn));
}

std::optional<Lsn> parse_lsn(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = parse<std::uint32_t>(text.substr(0, slash), 16);
  const auto low = parse<std::uint32_t>(text.substr(slash + 1), 16);
  if (!high || !low) return std::nullopt;
  return (Lsn{*high} << 32U) | *low;
}

std::string default_slot_name(std::string_view database, std::int32_t shard) {
  const std::string prefix = "authd_";
  const std::string suffix = "_" + std::to_string(shard);
  std::string middle;
  for (const char c : database.substr(0, slot_name_size_max - prefix.size() - suffix.size())) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    middle += is_slot_name({&lower, 1}) ? lower : '_';
  }
  return prefix + middle + suffix;
}

bool is_slot_name(std::string_view name) noexcept {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= slot_name_size_max &&
         std::all_of(name.begin(), name.end(), fits);
}

core::Result<void, PgError> set_text_formats(Connection& connection) {
  AUTHD_TRY_VOID(connection.exec("SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'"));
  return {};
}

core::Result<Connection, PgError> connect_replication(Connection::Options options) {
  options.replication = true;
  AUTHD_TRY(connection, Connection::connect(options));
  AUTHD_TRY_VOID(set_text_formats(connection));
  // A slot under construction waits for transactions that are under way, and the server would not
  // notice that we have given up.
  AUTHD_TRY_VOID(connection.exec("SET lock_timeout = " +
                                 std::to_string(options.statement_timeout.count() / 2)));
  return std::move(connection);
}

core::Result<Server, PgError> identify_server(Connection& replication) {
  AUTHD_TRY(answer, replication.exec("IDENTIFY_SYSTEM"));
  if (answer.rows() != 1) return Unexpected{unexpected("IDENTIFY_SYSTEM without an answer")};
  const auto system_id = parse<std::uint64_t>(answer.text(0, 0));
  const auto timeline = parse<std::uint32_t>(answer.text(0, 1));
  const auto flushed = parse_lsn(answer.text(0, 2));
  if (!system_id || !timeline || !flushed) {
    return Unexpected{unexpected("IDENTIFY_SYSTEM cannot be read")};
  }
  return Server{*system_id, *timeline, *flushed};
}

core::Result<std::optional<SlotStanding>, PgError> slot_standing(Connection& connection,
                                                                 const std::string& slot) {
  AUTHD_TRY(found,
            connection.exec(
                "SELECT coalesce(plugin, '') = 'pgoutput' AND coalesce(database, '') ="
                " current_database() AND NOT temporary, active,"
                " coalesce(wal_status, 'lost') = 'lost', coalesce(confirmed_flush_lsn, '0/0')::text"
                " FROM pg_replication_slots WHERE slot_name = $1::text",
                PgParams().text(slot)));
  if (found.rows() == 0) return std::optional<SlotStanding>();
  SlotStanding standing;
  standing.is_ours = found.number<std::int8_t>(0, 0) != 0;
  standing.is_active = found.number<std::int8_t>(0, 1) != 0;
  standing.is_lost = found.number<std::int8_t>(0, 2) != 0;
  standing.confirmed = parse_lsn(found.text(0, 3)).value_or(0);
  return std::optional<SlotStanding>(standing);
}

core::Result<NewSlot, PgError> create_slot(Connection& replication, const std::string& slot) {
  AUTHD_TRY(created, replication.exec("CREATE_REPLICATION_SLOT " + quoted(slot, '"') +
                                      " LOGICAL pgoutput (SNAPSHOT 'export')"));
  const auto point = created.rows() == 1 ? parse_lsn(created.text(0, 1)) : std::nullopt;
  if (!point) return Unexpected{unexpected("a new slot without a consistent point")};
  return NewSlot{*point, std::string(created.text(0, 2))};
}

core::Result<void, PgError> drop_slot(Connection& replication, const std::string& slot) {
  AUTHD_TRY_VOID(replication.exec("DROP_REPLICATION_SLOT " + quoted(slot, '"')));
  return {};
}

core::Result<bool, PgError> ensure_slot(const Connection::Options& options,
                                        const std::string& slot) {
  if (!is_slot_name(slot)) return Unexpected{unexpected("no name of a slot: " + slot)};
  AUTHD_TRY(connection, Connection::connect(options));
  AUTHD_TRY(standing, slot_standing(connection, slot));
  if (standing && !standing->is_ours) {
    return Unexpected{unexpected("the slot " + slot + " belongs to somebody else")};
  }
  if (standing) return false;
  AUTHD_TRY(replication, connect_replication(options));
  AUTHD_TRY_VOID(create_slot(replication, slot));
  return true;
}

core::Result<void, PgError> start_replication(Connection& replication, const std::string& slot,
                                              const std::string& publication, Lsn from) {
  return replication.copy_both("START_REPLICATION SLOT " + quoted(slot, '"') + " LOGICAL " +
                               to_text(from) + " (proto_version '1', publication_names " +
                               quoted(quoted(publication, '"'), '\'') + ")");
}

}  // namespace authd::store
