// Encoder and Decoder: the primitives of every stored format. Little-endian fixed widths; a text is
// one length byte and its bytes; an optional number is a presence byte and, when present, the
// number.

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
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

class Encoder {
 public:
  explicit Encoder(std::vector<std::byte>& out) : out_(out) {}

  template <std::integral T>
  void number(T value) {
    append(&value, sizeof value);
  }
  void text(std::string_view text) {
    AUTHD_ASSERT(text.size() <= 255);
    number(static_cast<std::uint8_t>(text.size()));
    append(text.data(), text.size());
  }
  void optional(const std::optional<std::int64_t>& value) {
    number(static_cast<std::uint8_t>(value.has_value()));
    if (value) number(*value);
  }
  void raw(Bytes bytes) { append(bytes.data(), bytes.size()); }

 private:
  void append(const void* bytes, std::size_t size) {
    const auto* const first = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), first, first + size);
  }

  std::vector<std::byte>& out_;
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
  std::string_view text() noexcept { return text_of(raw(number<std::uint8_t>())); }
  std::optional<std::int64_t> optional() noexcept {
    switch (number<std::uint8_t>()) {
      case 0: return std::nullopt;
      case 1: return number<std::int64_t>();
      default: fail(); return std::nullopt;
    }
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
