// Days as people write them and as PostgreSQL sends them. Which day it is at a moment is a matter
// of the program's time zone, and PostgreSQL's to say.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace authd::referral {

// "2026-11-30", of years 2000 to 9999; nothing when it is not such a text, or no day of the
// calendar.
std::optional<core::LocalDay> parse_day(std::string_view text);
std::string day_text(core::LocalDay day);

// PostgreSQL's date in binary: days since 2000-01-01.
inline constexpr std::int32_t pg_epoch_days = 10'957;
constexpr std::int32_t pg_date(core::LocalDay day) noexcept { return day.days - pg_epoch_days; }
constexpr core::LocalDay from_pg_date(std::int32_t value) noexcept {
  return {value + pg_epoch_days};
}

}  // namespace authd::referral
