// Keys: under which a row lies in the overlay, the snapshot and the journal's after-images.
//
// Ordered as bytes; numbers are big-endian, so that they sort; a text is a length byte and its
// bytes:
//
//   'A' account_id:8 part:1                an account
//   'C' program:text card:text part:1      a card
//   'P' program:text part:1                a program
//   'H' authorization_id:8                 ids grow, so new authorizations are appended
//   'M' program:text message:text          a message
//   'N' program:text notice:text           a notice
//   'Z' name:text                          a time zone
//   'D' slot:8                             a slot of the calendar of expiries
//   'E'                                    the cursor of the calendar
//   'T' program:text transfer:text         a transfer
//   'W'                                    the mark of the mirror
//
// part: 0 the account, card or program itself, 1 its Usage, 2 its ControlSet; next to each other,
// so that one page of the snapshot holds what one decision touches.

#pragma once

#include <string_view>

#include "core/rows.h"

namespace authd::store {

using RowKey = core::InlineText<112>;

RowKey account_key(core::AccountId id) noexcept;
RowKey card_key(const core::ProgramId& program, const core::CardToken& token) noexcept;
RowKey program_key(const core::ProgramId& id) noexcept;
RowKey usage_key(const core::Owner& owner) noexcept;
RowKey controls_key(const core::Owner& owner) noexcept;
RowKey authorization_key(core::AuthorizationId id) noexcept;
RowKey message_key(const core::ProgramId& program, const core::MessageId& id) noexcept;
RowKey notice_key(const core::ProgramId& program, const core::MessageId& id) noexcept;
RowKey zone_key(const core::ZoneName& name) noexcept;
RowKey due_slot_key(std::int64_t slot) noexcept;
RowKey due_cursor_key() noexcept;
RowKey transfer_key(const core::ProgramId& program, const core::MessageId& id) noexcept;
RowKey mirror_mark_key() noexcept;
RowKey key_of(const core::Row& row) noexcept;

// The first byte of every key of a kind: for scanning.
inline constexpr std::string_view account_prefix = "A";
inline constexpr std::string_view card_prefix = "C";
inline constexpr std::string_view program_prefix = "P";
inline constexpr std::string_view authorization_prefix = "H";
inline constexpr std::string_view message_prefix = "M";
inline constexpr std::string_view notice_prefix = "N";
inline constexpr std::string_view zone_prefix = "Z";
inline constexpr std::string_view due_slot_prefix = "D";
inline constexpr std::string_view due_cursor_prefix = "E";
inline constexpr std::string_view transfer_prefix = "T";
inline constexpr std::string_view mirror_mark_prefix = "W";

// Which alternative of core::Row lies under a key, as far as its first byte and its part say.
// `nothing` for what is no key of a row.
enum class RowKind : std::uint8_t {
  nothing = 0,
  account = 1,
  card = 2,
  authorization = 3,
  usage = 4,
  message = 5,
  notice = 6,
  controls = 7,
  program = 8,
  zone = 9,
  due_slot = 10,
  due_cursor = 11,
  transfer = 12,
  mirror_mark = 13,
};
RowKind kind_of_key(std::string_view key) noexcept;

// Takes the fields of a row that are in its key from it. False when the key is not the key of such
// a row.
[[nodiscard]] bool read_key(std::string_view key, core::Account& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Card& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Program& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Usage& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::ControlSet& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Authorization& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Message& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Notice& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::TimeZone& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::DueSlot& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::DueCursor& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::Transfer& row) noexcept;
[[nodiscard]] bool read_key(std::string_view key, core::MirrorMark& row) noexcept;

}  // namespace authd::store
