#include "store/archive/month.h"

#include <charconv>

namespace authd::store {

namespace {

std::string joined(int index, char separator) {
  const std::string year = std::to_string(index / 12);
  const std::string month = std::to_string(index % 12 + 1);
  return year + separator + (month.size() == 1 ? "0" : "") + month;
}

// All of the text, or nothing.
std::optional<int> number(std::string_view digits) noexcept {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

Month Month::of(core::Timestamp at) noexcept {
  const auto days = static_cast<std::int32_t>(core::floor_div(at.unix_us, core::us_per_day));
  const core::CivilDate date = core::civil_of({days});
  return {date.year * 12 + date.month - 1};
}

std::optional<Month> Month::parse(std::string_view text) noexcept {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5));
  if (!year || !month || *year < 1000 || *month < 1 || *month > 12) return std::nullopt;
  return Month{*year * 12 + *month - 1};
}

std::string Month::text() const { return joined(index, '-'); }
std::string Month::suffix() const { return joined(index, '_'); }
std::string Month::date() const { return text() + "-01"; }
std::string Month::end() const { return Month{index + 1}.date() + "T00:00:00Z"; }

}  // namespace authd::store
