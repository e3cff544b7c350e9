// TimeFormat: how a supplier writes its times, compiled once from a pattern.
//
// Tokens: YYYY MM MMM (Jan) DD HH hh (with AM or PM at A) mm ss f (1 to 9 digits of a second; what
// is beyond a microsecond is cut off) Z ("Z", "+02:00", "+0200"). "T" and everything that is no
// letter stand for themselves. Each token but f has a fixed width, so "2026-1-5" is not YYYY-MM-DD.
//
// Threads: values. Errors: a text that does not fit, or a moment that does not exist.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace authd::recon {

enum class TimeError : std::uint8_t {
  wrong_format = 1,
  not_real = 2,  // February 30, 24:00, or an hour that the clock skipped in that zone
};

class TimeFormat {
 public:
  // Nothing when the pattern has unknown letters, a token twice, or lacks year, month or day, or
  // has minutes without hours.
  static std::optional<TimeFormat> compile(std::string_view pattern);

  // A time that the zone's clock shows twice is the earlier of the two.
  core::Result<core::Timestamp, TimeError> timestamp(std::string_view text,
                                                     const core::TimeZone& zone) const;
  // The calendar day as written; a time of day is checked and left out.
  core::Result<core::LocalDay, TimeError> day(std::string_view text) const;

 private:
  enum class Token : std::uint8_t {
    literal = 0,
    year = 1,
    month = 2,
    month_name = 3,
    day = 4,
    hour = 5,
    hour_of_12 = 6,
    half_of_day = 7,
    minute = 8,
    second = 9,
    fraction = 10,
    offset = 11,
  };
  struct Part {
    Token token;
    char literal;
  };
  struct Written;
  class Cursor;

  static Token token_at(std::string_view pattern, std::size_t& size);
  static bool is_complete(const std::vector<Part>& parts);
  core::Result<Written, TimeError> read(std::string_view text) const;

  std::vector<Part> parts_;
};

// The moment at which the zone's clock shows `second_of_day` on that day, the earlier one where it
// does so twice; nothing where it is set forward over it.
std::optional<core::Timestamp> moment_of(const core::TimeZone& zone, core::LocalDay day,
                                         std::int32_t second_of_day);

}  // namespace authd::recon
