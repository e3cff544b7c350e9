// Rows as bytes: one key space for the overlay, the snapshot and the journal's after-images.
//
// Keys (ordered as bytes; numbers big-endian so that they sort; a text is a length byte and its
// bytes):
//
//   'A' account_id:8 0x00                      account
//   'A' account_id:8 0x01 window:1             usage of an account   ┐ next to their owner, so that
//   one page of the 'C' program:text card:text 0x00            card                  │ snapshot
//   holds what one decision touches 'C' program:text card:text 0x01 window:1   usage of a card ┘
//   'H' hold_id:8                              hold; ids grow, so new holds are appended
//   'I' program:text message:text              idempotency
//
// Values: version:1 = 1, the fields that are not in the key in the order of core/rows.h, crc32c:4
// over key and value. Currencies are numeric codes (2 bytes), times microseconds since 1970 UTC
// (8), enumerations their numbers.
//
// A change of a layout takes a new version number; old versions stay readable. tests/store/golden
// pins them.

#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/rows.h"
#include "store/format/bytes.h"

namespace authd::store {

using RowKey = core::InlineText<112>;

RowKey account_key(core::AccountId id) noexcept;
RowKey card_key(const core::ProgramId& program, const core::CardToken& token) noexcept;
RowKey hold_key(core::HoldId id) noexcept;
RowKey usage_key(const core::UsageOwner& owner, core::Window window) noexcept;
RowKey idempotency_key(const core::ProgramId& program, const core::MessageId& message) noexcept;
RowKey key_of(const core::Row& row) noexcept;

// The first bytes of every key of a kind: for scanning.
inline constexpr std::string_view account_prefix = "A";
inline constexpr std::string_view card_prefix = "C";
inline constexpr std::string_view hold_prefix = "H";
inline constexpr std::string_view idempotency_prefix = "I";

enum class FormatError : std::uint8_t {
  malformed = 1,  // too short, too long, or a field holds a value that does not exist
  version = 2,    // written by a newer program
  checksum = 3,   // the CRC does not fit
};
std::string_view name(FormatError error) noexcept;

// Appends the value of `row`, whose key is `key`, to `out`.
void encode_value(const RowKey& key, const core::Row& row, std::vector<std::byte>& out);

// The row that was stored under `key`. Never trusts the bytes: whatever is not a row is an error.
core::Result<core::Row, FormatError> decode_row(std::string_view key, Bytes value);

}  // namespace authd::store
