// AuditReport: what an audit has compared, and what it found to differ.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rows.h"
#include "store/format/keys.h"

namespace authd::store {

// A row that the state and the ledger do not have alike.
struct RowFinding {
  enum class Kind : std::uint8_t {
    different = 1,
    ledger_lacks = 2,
    state_lacks = 3,
    twice = 4,       // the ledger has it two times
    unreadable = 5,  // the state's row fails its checksum or does not decode
  };
  Kind kind = Kind::different;
  std::string key;  // store/format/keys.h
  std::optional<core::Row> state;
  std::optional<core::Row> ledger;
};
std::string_view name(RowFinding::Kind kind) noexcept;  // "ledger_lacks"

// What is wrong within the ledger. Exported by name: numbers are never reused.
enum class BookCheck : std::uint8_t {
  entry_unbalanced = 1,           // the postings of an entry do not sum to zero
  entry_incomplete = 2,           // an entry without postings, postings without their entry
  entry_account = 3,              // a posting is about an account that its entry is not about
  balance_differs = 4,            // a balance is not the sum of its postings
  holds_differ = 5,               // nor of its authorizations and transfers
  trial_balance = 6,              // the books of a currency do not sum to zero
  beyond_mark = 7,                // a row of a record that the drain has not reached
  event_not_booked = 8,           // what happened moved other money than its entry says
  authorization_unexplained = 9,  // nothing was decided or told that began it
  transfer_not_booked = 10,       // money of a transfer without an entry
  credit_differs = 11,            // a credit was booked otherwise than it was given
};
inline constexpr BookCheck book_check_last = BookCheck::credit_differs;
std::string_view name(BookCheck check) noexcept;  // "entry_unbalanced"

struct BookFinding {
  BookCheck check = BookCheck::entry_unbalanced;
  std::string place;     // "account 17"
  std::string found;     // as the ledger's own words
  std::string expected;  // likewise
};

struct AuditReport {
  static constexpr std::size_t row_kinds = static_cast<std::size_t>(RowKind::mirror_mark) + 1;
  static constexpr std::size_t book_checks = static_cast<std::size_t>(book_check_last) + 1;

  core::Sequence drained;   // both are compared as of this record
  std::uint64_t point = 0;  // and as of this position in PostgreSQL's log; 0: without a mirror
  std::array<std::uint64_t, row_kinds> compared{};  // rows of the ledger, by RowKind

  // Rows of one side alone that are so for good reason.
  std::uint64_t ended = 0;      // ended long ago: a state that was imported does not have them
  std::uint64_t archived = 0;   // the ledger does not reach their months any more
  std::uint64_t removed = 0;    // deleted in PostgreSQL, closed in the state
  std::uint64_t zones = 0;      // time zones that an import read from the system
  std::uint64_t unsettled = 0;  // changed since by records that the ledger has not got yet

  bool mirror_compared = true;  // otherwise the mirror has changes to take over first

  std::uint64_t differences = 0;                             // all of them
  std::vector<RowFinding> rows;                              // the first ones
  std::vector<BookFinding> books;                            // the first ones
  std::array<std::uint64_t, row_kinds> rows_differing{};     // by RowKind
  std::array<std::uint64_t, book_checks> books_differing{};  // by BookCheck
  std::chrono::milliseconds duration{};

  bool is_clean() const noexcept { return differences == 0 && mirror_compared; }
};

}  // namespace authd::store
