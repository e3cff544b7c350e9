// Identifiers: who and what a row or a message is about. Each kind is a type of its own, so that
// one cannot stand for another.
//
// The textual ones are the issuer's or the processor's own tokens, taken over byte for
// byte: 1..size_max visible ASCII characters (0x21..0x7E). The numeric ones are ours.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/text.h"

namespace authd::core {

template <class Tag, std::size_t Max>
class Identifier {
 public:
  static constexpr std::size_t size_max = Max;

  constexpr Identifier() = default;

  // Nothing when the text is empty, longer than Max, or holds anything but visible ASCII.
  static constexpr std::optional<Identifier> from(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    for (const char c : text) {
      if (c < 0x21 || c > 0x7E) return std::nullopt;
    }
    const auto inline_text = InlineText<Max>::from(text);
    if (!inline_text) return std::nullopt;
    Identifier result;
    result.text_ = *inline_text;
    return result;
  }

  constexpr std::string_view view() const noexcept { return text_.view(); }
  constexpr bool empty() const noexcept { return text_.empty(); }

  friend constexpr bool operator==(const Identifier&, const Identifier&) noexcept = default;
  friend constexpr auto operator<=>(const Identifier&, const Identifier&) noexcept = default;

 private:
  InlineText<Max> text_;
};

using ProgramId =
    Identifier<struct ProgramTag, 32>;  // the issuer's name for a program, from the configuration
using CardToken = Identifier<struct CardTag, 64>;  // the processor's token of a card; never a PAN
using MessageId =
    Identifier<struct MessageTag, 64>;  // the processor's id of a message: its idempotency key

// An account's number, given by whoever opens it: 1 or more.
struct AccountId {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(const AccountId&, const AccountId&) noexcept = default;
};

// Position of a record in the journal of one shard: 1, 2, 3, … without gaps. 0 stands before the
// first.
struct Sequence {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const Sequence&, const Sequence&) noexcept = default;
};

// An authorization is named by the record that created it. 0: none.
struct AuthorizationId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const AuthorizationId&,
                                    const AuthorizationId&) noexcept = default;
};

}  // namespace authd::core
