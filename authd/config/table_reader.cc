#include "authd/config/table_reader.h"

namespace authd {

TableReader::TableReader(const toml::table& table, std::string path,
                         std::vector<ConfigError>& errors)
    : table_(table), path_(std::move(path)), errors_(errors) {}

const toml::node* TableReader::node(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

std::string TableReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void TableReader::refuse(std::string_view key, std::string message) {
  const toml::node* const found = table_.get(key);
  const std::uint32_t line = (found != nullptr ? found->source() : table_.source()).begin.line;
  errors_.push_back({line, path_of(key), std::move(message)});
}

std::int64_t TableReader::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                  std::int64_t max) {
  const toml::node* const found = node(key);
  if (found == nullptr) return fallback;
  const auto* const value = found->as_integer();
  if (value == nullptr) {
    refuse(key, "must be an integer");
    return fallback;
  }
  if (value->get() < min || value->get() > max) {
    refuse(key, "must be between " + std::to_string(min) + " and " + std::to_string(max));
    return fallback;
  }
  return value->get();
}

bool TableReader::boolean(std::string_view key, bool fallback) {
  const toml::node* const found = node(key);
  if (found == nullptr) return fallback;
  const auto* const value = found->as_boolean();
  if (value == nullptr) {
    refuse(key, "must be true or false");
    return fallback;
  }
  return value->get();
}

std::string TableReader::decimal(std::string_view key) {
  const toml::node* const found = node(key);
  if (found == nullptr) return {};
  if (const auto* const value = found->as_integer()) return std::to_string(value->get());
  if (const auto* const value = found->as_string()) {
    if (value->get().empty()) refuse(key, "must not be empty");
    return value->get();
  }
  refuse(key, "must be a decimal number in quotes, such as \"2.5\", or an integer");
  return {};
}

std::string TableReader::text(std::string_view key, std::string_view fallback) {
  const toml::node* const found = node(key);
  if (found == nullptr) return std::string(fallback);
  const auto* const value = found->as_string();
  if (value == nullptr) {
    refuse(key, "must be a string");
    return std::string(fallback);
  }
  return value->get();
}

std::string TableReader::required_text(std::string_view key) {
  std::string value = text(key, "");
  if (value.empty() && (!has(key) || table_.get(key)->is_string())) refuse(key, "is required");
  return value;
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  const toml::node* const found = node(key);
  if (found == nullptr) return {};
  std::vector<std::string> values;
  const auto* const array = found->as_array();
  bool all_strings = array != nullptr;
  if (array != nullptr) {
    for (const toml::node& element : *array) {
      const auto* const value = element.as_string();
      all_strings = all_strings && value != nullptr;
      if (value != nullptr) values.push_back(value->get());
    }
  }
  if (!all_strings) refuse(key, "must be a list of strings");
  return values;
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* const found = node(key);
  if (found == nullptr) return nullptr;
  if (!found->is_table()) refuse(key, "must be a table");
  return found->as_table();
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
  const toml::node* const found = node(key);
  if (found == nullptr) return {};
  std::vector<const toml::table*> values;
  const auto* const array = found->as_array();
  bool all_tables = array != nullptr;
  if (array != nullptr) {
    for (const toml::node& element : *array) {
      all_tables = all_tables && element.is_table();
      if (element.is_table()) values.push_back(element.as_table());
    }
  }
  if (!all_tables) refuse(key, "must be a list of tables");
  return values;
}

std::vector<TableReader> TableReader::readers(std::string_view key) {
  std::vector<TableReader> result;
  const auto found = tables(key);
  for (std::size_t i = 0; i < found.size(); ++i) {
    result.emplace_back(*found[i], path_of(key) + "[" + std::to_string(i) + "]", errors_);
  }
  return result;
}

std::optional<TableReader> TableReader::reader(std::string_view key) {
  const toml::table* const found = table(key);
  if (found == nullptr) return std::nullopt;
  return TableReader(*found, path_of(key), errors_);
}

std::vector<std::string> TableReader::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : table_) keys.emplace_back(key.str());
  return keys;
}

void TableReader::refuse_unknown_keys() {
  for (const auto& [key, value] : table_) {
    if (!asked_.contains(key.str())) {
      errors_.push_back({value.source().begin.line, path_of(key.str()), "is not a known key"});
    }
  }
}

}  // namespace authd
