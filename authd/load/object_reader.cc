#include "authd/load/object_reader.h"

#include <date/date.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <sstream>

namespace authd {

namespace {

namespace json = boost::json;

// RFC 3339 in UTC: "2031-12-31T00:00:00Z".
std::optional<core::Timestamp> parse_utc(const std::string& text) {
  std::istringstream in(text);
  date::sys_time<std::chrono::microseconds> time;
  in >> date::parse("%FT%TZ", time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return core::Timestamp{time.time_since_epoch().count()};
}

}  // namespace

std::string ObjectReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const json::value* ObjectReader::find(std::string_view key) {
  asked_.emplace(key);
  return object_.if_contains(key);
}

void ObjectReader::refuse(std::string_view key, std::string_view what) {
  if (error_.empty()) error_ = path_of(key) + " " + std::string(what);
}

void ObjectReader::refuse_object(std::string_view what) {
  if (error_.empty()) error_ = (path_.empty() ? "" : path_ + " ") + std::string(what);
}

void ObjectReader::refuse_unknown_keys() {
  for (const auto& member : object_) {
    const std::string_view key = member.key();
    if (!asked_.contains(key)) refuse(key, "is not a known key");
  }
}

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t min, std::int64_t max,
                                   std::optional<std::int64_t> fallback) {
  const json::value* const value = find(key);
  if (value == nullptr) {
    if (!fallback) refuse(key, "is required");
    return fallback.value_or(min);
  }
  const std::int64_t* const number = value->if_int64();
  if (number == nullptr || *number < min || *number > max) {
    refuse(key, fmt::format("must be an integer from {} to {}", min, max));
    return min;
  }
  return *number;
}

std::string ObjectReader::text(std::string_view key) {
  const json::value* const value = find(key);
  if (value == nullptr) {
    refuse(key, "is required");
    return {};
  }
  if (!value->is_string()) {
    refuse(key, "must be a string");
    return {};
  }
  return std::string(std::string_view(value->get_string()));
}

core::Timestamp ObjectReader::utc(std::string_view key, std::optional<core::Timestamp> fallback) {
  if (fallback && find(key) == nullptr) return *fallback;
  const auto time = parse_utc(text(key));
  if (!time) refuse(key, "must be a UTC time such as 2031-12-31T00:00:00Z");
  return time.value_or(core::Timestamp{});
}

std::size_t ObjectReader::position(std::string_view key, std::span<const std::string_view> names) {
  const std::string wanted = text(key);
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) {
    refuse(key, fmt::format("must be one of {}", fmt::join(names, ", ")));
    return 0;
  }
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<std::string> ObjectReader::texts(std::string_view key) {
  const json::value* const value = find(key);
  const json::array* const array = value == nullptr ? nullptr : value->if_array();
  std::vector<std::string> result;
  bool all_texts = array != nullptr && !array->empty();
  if (array != nullptr) {
    for (const json::value& element : *array) {
      const json::string* const text = element.if_string();
      all_texts = all_texts && text != nullptr;
      if (text != nullptr) result.emplace_back(std::string_view(*text));
    }
  }
  if (!all_texts) {
    refuse(key, "must be a list of strings, at least one");
    return {};
  }
  return result;
}

void ObjectReader::mark(std::string_view key) {
  const json::value* const value = find(key);
  const bool* const flag = value == nullptr ? nullptr : value->if_bool();
  if (flag == nullptr || !*flag) refuse(key, "must be true");
}

std::optional<ObjectReader> ObjectReader::object(std::string_view key) {
  const json::value* const value = find(key);
  if (value == nullptr) {
    refuse(key, "is required");
    return std::nullopt;
  }
  const json::object* const object = value->if_object();
  if (object == nullptr) {
    refuse(key, "must be an object");
    return std::nullopt;
  }
  return ObjectReader(*object, path_of(key), error_);
}

}  // namespace authd
