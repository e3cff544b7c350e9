// What acquirers write about merchants and terminals, and the words of open enumerations: read
// leniently, since it is often dirty and no money depends on it. What cannot be used is absent.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "authd/processors/json_walk.h"
#include "core/details.h"

namespace authd::processors {

// A word of a processor and what it means to us.
template <class Enum>
struct Word {
  std::string_view word;
  Enum value;
};

// What is not in the table is `unknown`: processors add words without notice.
template <class Enum, std::size_t N>
Enum value_of(const JsonValue& value, const std::array<Word<Enum>, N>& words,
              Enum unknown) noexcept {
  if (value.type != JsonType::string) return unknown;
  const auto* const found = std::find_if(
      words.begin(), words.end(), [&value](const auto& word) { return word.word == value.text; });
  return found == words.end() ? unknown : found->value;
}

// Nothing: not said.
std::optional<bool> flag(const JsonValue& value) noexcept;

// Without the blanks it was padded with; empty when absent, no string, or with control characters
// in it, which PostgreSQL (NUL) and terminals do not take.
std::string_view acquirer_text(const JsonValue& value) noexcept;

// The texts of a merchant as they stand in the body. A country that is not written in three letters
// is absent.
struct MerchantFields {
  const JsonValue& mcc;
  const JsonValue& id;
  const JsonValue& name;
  const JsonValue& country;
};
core::Merchant merchant_of(const MerchantFields& fields) noexcept;

// Whether cash is paid out: at an ATM, or by the merchant's category.
bool pays_cash(const core::Details& details) noexcept;

}  // namespace authd::processors
