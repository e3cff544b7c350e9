// Whether a text carries what looks like a PAN: a run of 13 to 19 digits, not part of a longer one,
// that starts with neither 0 nor 1 (no card network issues those, and it leaves epoch
// milliseconds alone) and passes Luhn (ISO/IEC 7812-1, annex B). One run of digits in ten passes by
// chance.

#pragma once

#include <cstddef>
#include <string_view>

namespace authd::processors {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool passes_luhn(std::string_view digits) noexcept {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const int digit = digits[i] - '0';
    const int twice = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += doubled ? twice : digit;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

// A run of 13 covers one of any 13 consecutive positions, so only every 13th byte is looked at.
constexpr bool holds_card_number(std::string_view text) noexcept {
  constexpr std::size_t shortest = 13;
  constexpr std::size_t longest = 19;
  for (std::size_t i = shortest - 1; i < text.size(); i += shortest) {
    if (!is_digit(text[i])) continue;
    std::size_t begin = i;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    std::size_t end = i + 1;
    while (end < text.size() && is_digit(text[end])) ++end;

    const std::string_view run = text.substr(begin, end - begin);
    if (run.size() >= shortest && run.size() <= longest && run.front() > '1' && passes_luhn(run))
      return true;
    i = end;  // not a digit: the next run starts behind it
  }
  return false;
}

}  // namespace authd::processors
