// ObjectReader: typed, bounded reading of one JSON object. Keeps the first error, which names the
// key with its path: "limit.max must be an integer from 0 to 10".
//
// After an error the values returned are placeholders within their bounds.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace authd {

class ObjectReader {
 public:
  // `path` is the object's own name ("limit"); empty for the whole. All referents outlive the
  // reader; `error` is shared by the readers of nested objects.
  ObjectReader(const boost::json::object& object, std::string path, std::string& error)
      : object_(object), path_(std::move(path)), error_(error) {}

  bool has(std::string_view key) const { return object_.contains(key); }
  bool is_empty() const { return object_.empty(); }

  // Required where there is no fallback.
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max,
                       std::optional<std::int64_t> fallback = std::nullopt);
  std::string text(std::string_view key);
  core::Timestamp utc(std::string_view key, std::optional<core::Timestamp> fallback = std::nullopt);
  template <class Id>
  Id identifier(std::string_view key);

  // One of `names`, whose positions are the numbers 1, 2, 3, … of Enum.
  template <class Enum>
  Enum enumerator(std::string_view key, std::span<const std::string_view> names,
                  std::optional<Enum> fallback = std::nullopt);

  // A list of texts that is not empty.
  std::vector<std::string> texts(std::string_view key);

  // Required to be true: the key itself says everything.
  void mark(std::string_view key);

  // The object under a key; nothing when it is missing or something else, which is reported.
  std::optional<ObjectReader> object(std::string_view key);

  // The value under a key, which counts as known from now on; null when it is missing.
  const boost::json::value* find(std::string_view key);

  // Reports what is wrong with the value of a key: "must be …".
  void refuse(std::string_view key, std::string_view what);

  // Reports what is wrong with the object itself.
  void refuse_object(std::string_view what);

  // Reports a key that nobody asked for. Call last.
  void refuse_unknown_keys();

 private:
  std::string path_of(std::string_view key) const;
  std::size_t position(std::string_view key, std::span<const std::string_view> names);

  const boost::json::object& object_;
  std::string path_;
  std::string& error_;
  std::set<std::string, std::less<>> asked_;
};

template <class Id>
Id ObjectReader::identifier(std::string_view key) {
  const bool missing = !has(key);
  const auto id = Id::from(text(key));
  if (!id && !missing) {
    refuse(key, "must be 1 to " + std::to_string(Id::size_max) + " visible ASCII characters");
  }
  return id.value_or(Id{});
}

template <class Enum>
Enum ObjectReader::enumerator(std::string_view key, std::span<const std::string_view> names,
                              std::optional<Enum> fallback) {
  if (fallback && find(key) == nullptr) return *fallback;
  return static_cast<Enum>(position(key, names) + 1);
}

}  // namespace authd
