// Encoder and Decoder: the primitives of every stored format.
//
//   number   little-endian, as wide as its type
//   varint   seven bits a byte, the lowest first; the top bit says that more follow. The shortest
//            form is the only one
//   zigzag   a signed number as a varint: 0, -1, 1, -2, … are 0, 1, 2, 3, …
//   delta    the zigzag of what has to be added to another number, modulo 2^64
//   flag     one byte, 0 or 1
//   text     one length byte and its bytes
//   optional a flag and, when it is 1, the zigzag

#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/assert.h"

namespace authd::store {

static_assert(std::endian::native == std::endian::little,
              "the formats are written as they lie in memory");

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }
inline std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends to a vector, which is longer than what was written until the encoder is gone: growing it
// for every number is what costs.
class Encoder {
 public:
  explicit Encoder(std::vector<std::byte>& out)
      : out_(out), next_(out.data() + out.size()), end_(next_) {}
  ~Encoder() { out_.resize(size()); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  template <std::integral T>
  void number(T value) {
    need(sizeof value);
    std::memcpy(next_, &value, sizeof value);
    next_ += sizeof value;
  }
  void varint(std::uint64_t value) {
    need(varint_bytes_max);
    while (value >= 0x80) {
      *next_++ = static_cast<std::byte>(value | 0x80);
      value >>= 7;
    }
    *next_++ = static_cast<std::byte>(value);
  }
  void zigzag(std::int64_t value) {
    varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void delta(std::uint64_t from, std::uint64_t to) { zigzag(static_cast<std::int64_t>(to - from)); }
  void flag(bool value) { number(static_cast<std::uint8_t>(value)); }
  void text(std::string_view text) {
    AUTHD_ASSERT(text.size() <= 255);
    number(static_cast<std::uint8_t>(text.size()));
    raw(bytes_of(text));
  }
  void optional(const std::optional<std::int64_t>& value) {
    flag(value.has_value());
    if (value) zigzag(*value);
  }
  void raw(Bytes bytes) {
    need(bytes.size());
    next_ = std::copy(bytes.begin(), bytes.end(), next_);
  }

  // Of the vector, what it held before included.
  std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - out_.data()); }
  Bytes written_from(std::size_t begin) const noexcept {
    return Bytes(out_).first(size()).subspan(begin);
  }

  // Writes over a number that was written at `begin`.
  template <std::integral T>
  void patch(std::size_t begin, T value) noexcept {
    AUTHD_ASSERT(begin + sizeof value <= size());
    std::memcpy(out_.data() + begin, &value, sizeof value);
  }

 private:
  static constexpr std::size_t varint_bytes_max = 10;
  static constexpr std::size_t growth_min = 512;

  void need(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - next_) < bytes) grow(bytes);
  }
  void grow(std::size_t bytes) {
    const std::size_t written = size();
    out_.resize(written + bytes + std::max(written, growth_min));
    next_ = out_.data() + written;
    end_ = out_.data() + out_.size();
  }

  std::vector<std::byte>& out_;
  std::byte* next_;  // where the next byte goes
  std::byte* end_;   // of the room that there is
};

// Reads past the end yield zeros and make ok() false, for good: the caller checks once, at the end.
class Decoder {
 public:
  explicit Decoder(Bytes bytes) : rest_(bytes) {}

  template <std::integral T>
  T number() noexcept {
    T value{};
    const Bytes bytes = raw(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  template <std::unsigned_integral T = std::uint64_t>
  T varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte >= 0x80) continue;
      const bool shortest = byte != 0 || shift == 0;
      const bool fits = shift < 63 || byte == 1;
      if (shortest && fits && value <= std::numeric_limits<T>::max()) return static_cast<T>(value);
      break;
    }
    fail();
    return 0;
  }
  template <std::signed_integral T = std::int64_t>
  T zigzag() noexcept {
    const std::uint64_t bits = varint();
    const auto value = static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
    if (std::numeric_limits<T>::min() <= value && value <= std::numeric_limits<T>::max()) {
      return static_cast<T>(value);
    }
    fail();
    return 0;
  }
  std::uint64_t delta(std::uint64_t from) noexcept {
    return from + static_cast<std::uint64_t>(zigzag());
  }
  bool flag() noexcept {
    const auto value = number<std::uint8_t>();
    if (value > 1) fail();
    return value == 1;
  }
  std::string_view text() noexcept { return text_of(raw(number<std::uint8_t>())); }
  std::optional<std::int64_t> optional() noexcept {
    if (!flag()) return std::nullopt;
    return zigzag();
  }
  Bytes raw(std::size_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  void fail() noexcept {
    ok_ = false;
    rest_ = {};
  }
  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return ok_ && rest_.empty(); }

 private:
  Bytes rest_;
  bool ok_ = true;
};

}  // namespace authd::store
