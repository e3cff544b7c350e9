// TableReader: typed, bounded reading of one TOML table, collecting every error with its key and
// line.

#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "authd/config/config.h"

namespace authd {

class TableReader {
 public:
  // `path` is the table's own name ("server"); empty for the whole file. Both referents outlive the
  // reader.
  TableReader(const toml::table& table, std::string path, std::vector<ConfigError>& errors);

  // The value of `key`, or `fallback` when it is missing or wrong; wrong ones are reported.
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                       std::int64_t max);
  template <class Number>
  Number number(std::string_view key, Number fallback, std::int64_t min, std::int64_t max) {
    return static_cast<Number>(integer(key, static_cast<std::int64_t>(fallback), min, max));
  }
  template <class Duration>  // in its own unit
  Duration duration(std::string_view key, Duration fallback, std::int64_t min, std::int64_t max) {
    return Duration(integer(key, fallback.count(), min, max));
  }
  bool boolean(std::string_view key, bool fallback);
  std::string text(std::string_view key, std::string_view fallback);
  std::vector<std::string> texts(std::string_view key);
  const toml::table* table(std::string_view key);
  std::vector<const toml::table*> tables(std::string_view key);

  // A decimal number as its digits, from a string ("2.5") or an integer; empty when missing or
  // wrong. TOML's floats are binary and would not keep them.
  std::string decimal(std::string_view key);

  // A reader for each of the tables, named "path.key[0]" and so on.
  std::vector<TableReader> readers(std::string_view key);

  // A reader for the table, named "path.key"; nothing when it is missing or no table.
  std::optional<TableReader> reader(std::string_view key);

  // A required text: reported when missing or empty.
  std::string required_text(std::string_view key);

  bool has(std::string_view key) const { return table_.contains(key); }

  std::vector<std::string> keys() const;

  // Of the whole file, until now.
  std::size_t error_count() const noexcept { return errors_.size(); }

  // Reports a value that was read but does not do.
  void refuse(std::string_view key, std::string message);

  // Reports every key that nobody asked for. Call last.
  void refuse_unknown_keys();

 private:
  const toml::node* node(std::string_view key);
  std::string path_of(std::string_view key) const;

  const toml::table& table_;
  std::string path_;
  std::vector<ConfigError>& errors_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace authd
