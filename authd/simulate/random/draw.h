// Draw: everything that is left to chance in a life cycle, in a fixed sequence for each seed.
//
// std::mt19937_64 gives the same numbers everywhere; the distributions of the standard library do
// not, so they are not used.
//
// Nothing that is drawn looks like a PAN: long runs of digits start with 0 or 1, and ids have
// letters in between.

#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace authd::simulate::random {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  // 0 to bound − 1; bound is 1 or more. Not exactly even: off by less than bound / 2^64.
  std::int64_t below(std::int64_t bound);

  // Another one, which has nothing in common with this one.
  Draw split() { return Draw(engine_()); }

  // True `percent` times out of a hundred.
  bool chance(int percent) { return below(100) < percent; }

  template <class Choices>
  const auto& one_of(const Choices& choices) {
    return choices[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(choices))))];
  }

  std::string digits(std::size_t count);              // "0471183": the first one 0 or 1
  std::string uuid();                                 // version 4
  std::string letters_and_digits(std::size_t count);  // "7QK2M0XWRA": upper case
  std::string mixed(std::string_view prefix);         // "evt_1TTd1gSoBmcNEgeUPTDP0YHd"
  std::string hex(std::size_t count);

 private:
  std::string text(std::size_t count, std::string_view alphabet);

  std::mt19937_64 engine_;
};

}  // namespace authd::simulate::random
