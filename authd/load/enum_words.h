// Sets of core's small enumerations as lists of their words: ["chip", "contactless"].

#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <string_view>

#include "authd/load/object_reader.h"
#include "core/filter.h"

namespace authd {

// Any value when the key is missing; otherwise at least one word. `last` is the enumeration's.
template <class Enum>
core::EnumSet<Enum> read_enum_set(ObjectReader& in, std::string_view key, Enum last) {
  core::EnumSet<Enum> set;
  if (in.find(key) == nullptr) return set;
  for (const std::string& word : in.texts(key)) {
    std::string known;
    bool found = false;
    for (int number = 1; number <= static_cast<int>(last); ++number) {
      const auto value = static_cast<Enum>(number);
      known += (number == 1 ? "" : ", ") + std::string(core::name(value));
      if (core::name(value) == word) {
        set.add(value);
        found = true;
      }
    }
    if (!found) in.refuse(key, "holds '" + word + "', which is none of " + known);
  }
  return set;
}

// Adds nothing when the set is any value.
template <class Enum>
void add_enum_set(boost::json::object& object, std::string_view key, core::EnumSet<Enum> set,
                  Enum last) {
  if (set.is_any()) return;
  boost::json::array words;
  for (int number = 1; number <= static_cast<int>(last); ++number) {
    const auto value = static_cast<Enum>(number);
    if (set.contains(value)) words.emplace_back(core::name(value));
  }
  object[key] = std::move(words);
}

}  // namespace authd
