// apply: one command against the state: what comes out, and the rows it changes.
//
// The caller makes the change: it puts the rows into the state and the record into the journal, in
// that order of commands. Nothing here reads a clock or remembers anything, so replaying the same
// commands gives the same rows.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <variant>

#include "core/assert.h"
#include "core/decide.h"
#include "core/state.h"

namespace authd::core {

// Opens an account or issues a card, with the balance it starts with.
struct OpenAccount {
  Account account;
  friend bool operator==(const OpenAccount&, const OpenAccount&) = default;
};
struct IssueCard {
  Card card;
  friend bool operator==(const IssueCard&, const IssueCard&) = default;
};

using Command = std::variant<Request, OpenAccount, IssueCard>;

// The answer to a request. Stored in the idempotency row: a repetition finds all of it again.
struct Answer {
  enum class Origin : std::uint8_t {
    decided = 1,   // now, by this command
    repeated = 2,  // the stored answer to the same message
    refused = 3,   // the id belongs to another message: nothing is decided, nothing is recorded
  };
  Origin origin = Origin::decided;
  Decision decision;
  HoldId hold;
  Timestamp decided_at;
  friend bool operator==(const Answer&, const Answer&) = default;
};

enum class Opening : std::uint8_t {
  created = 1,
  exists = 2,           // under this key already; left as it is
  account_unknown = 3,  // a card needs its account first
};

using Outcome = std::variant<Answer, Opening>;

// The rows one command changes: at most rows_max, in the order in which they were changed.
class Changes {
 public:
  static constexpr std::size_t rows_max = 5;  // account, hold, two usages, idempotency

  void add(const Row& row) noexcept {
    AUTHD_ASSERT(size_ < rows_max);
    rows_[size_++] = row;
  }
  std::span<const Row> rows() const noexcept { return {rows_.data(), size_}; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<Row, rows_max> rows_;
  std::size_t size_ = 0;
};

struct Applied {
  Outcome outcome;
  Changes changes;  // empty: there is nothing to record
};

// When a command is applied, and as which record of the journal if it changes anything.
struct Moment {
  Timestamp at;
  Sequence sequence;
};

Result<Applied, StateFault> apply(const State& state, const Command& command, Moment now);

}  // namespace authd::core
