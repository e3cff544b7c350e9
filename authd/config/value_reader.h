// Values of a table that are words, percentages and amounts.
//
// What is wrong is reported with its key; what is returned then is of no meaning, because a file
// with an error is not used.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authd/config/table_reader.h"
#include "authd/recon/supplier.h"
#include "core/money.h"

namespace authd {

// "a, b or c".
std::string choice_of(std::span<const std::string_view> words);

// The place of the word that stands at the key, from 1 as enumerators count; nothing, and an error,
// where it is none of them. `fallback` is the word of a missing key; empty: it is required.
std::optional<std::size_t> read_place(TableReader& in, std::string_view key,
                                      std::span<const std::string_view> words,
                                      std::string_view fallback);

// The same of a list, in which no word stands twice.
std::vector<std::size_t> read_places(TableReader& in, std::string_view key,
                                     std::span<const std::string_view> words);

template <class Enum>
std::optional<Enum> read_word(TableReader& in, std::string_view key,
                              std::span<const std::string_view> words,
                              std::string_view fallback = "") {
  const auto place = read_place(in, key, words, fallback);
  return place ? std::optional(static_cast<Enum>(*place)) : std::nullopt;
}

template <class Enum>
std::vector<Enum> read_words(TableReader& in, std::string_view key,
                             std::span<const std::string_view> words) {
  std::vector<Enum> values;
  for (const std::size_t place : read_places(in, key, words))
    values.push_back(static_cast<Enum>(place));
  return values;
}

// "2.5" or 3, as basis points: 0 to 100 percent with at most two decimals.
std::int64_t read_percent(TableReader& in, std::string_view key);

// Minor units, from 0.
std::int64_t read_minor(TableReader& in, std::string_view key);
std::optional<std::int64_t> read_optional_minor(TableReader& in, std::string_view key);

// From 0; nothing without the key.
std::optional<std::int64_t> read_optional_count(TableReader& in, std::string_view key);

// A currency's three letters; nothing, and an error, where they are none.
std::optional<core::Currency> read_currency(TableReader& in, std::string_view key);

// `tolerance_minor` and `tolerance_percent`.
recon::Tolerance read_tolerance(TableReader& in);

// Reports each of the keys that is there.
void refuse_present(TableReader& in, std::initializer_list<std::string_view> keys,
                    const std::string& message);

// What `read` makes of each of the [[key]] tables, of which there are at most `count_max`. It is
// given those before, too.
template <class Value, class Read>
std::vector<Value> read_each(TableReader& in, std::string_view key, std::size_t count_max,
                             const Read& read) {
  std::vector<Value> values;
  for (TableReader& reader : in.readers(key)) {
    values.push_back(read(reader, std::as_const(values)));
    reader.refuse_unknown_keys();
  }
  if (values.size() > count_max) {
    in.refuse(key, "must stand at most " + std::to_string(count_max) + " times");
  }
  return values;
}

}  // namespace authd
