// Points in time as processors write them.

#pragma once

#include <cstdint>
#include <string>

namespace authd::simulate::random {

inline constexpr std::int64_t minute_s = 60;
inline constexpr std::int64_t hour_s = 60 * minute_s;
inline constexpr std::int64_t day_s = 24 * hour_s;

std::string utc_time(std::int64_t unix_s);               // "2026-11-02T15:04:11Z"
std::string utc_date(std::int64_t unix_s);               // "2026-11-02"
std::string central_european_time(std::int64_t unix_s);  // "2026-11-02T16:04:11+01:00"

}  // namespace authd::simulate::random
