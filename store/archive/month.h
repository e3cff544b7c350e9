// Month: a calendar month in UTC, the unit in which history is kept.

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace authd::store {

struct Month {
  int index = 0;  // months since January of the year 0

  static Month of(core::Timestamp at) noexcept;

  // "2024-03"; years from 1000 to 9999.
  static std::optional<Month> parse(std::string_view text) noexcept;

  std::string text() const;    // "2024-03"
  std::string suffix() const;  // "2024_03", of tables and files
  std::string date() const;    // "2024-03-01"
  std::string end() const;     // "2024-04-01T00:00:00Z": the first moment after it

  // Whole months from its end to the present month; negative before it is over.
  int age(core::Timestamp now) const noexcept { return of(now).index - index - 1; }

  friend constexpr auto operator<=>(const Month&, const Month&) noexcept = default;
};

}  // namespace authd::store
