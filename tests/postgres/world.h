// World: a state, the commands that made it, and the journal of them; what a ledger drained from
// that journal must agree with.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/memory_state.h"
#include "store/format/records.h"
#include "store/journal/journal.h"
#include "store/postgres/connection.h"
#include "tests/core/random_program.h"

namespace authd::test {

inline constexpr std::int64_t second_us = core::us_per_s;
inline constexpr std::int64_t hour_us = 3'600 * second_us;
inline constexpr core::Timestamp noon{1'793'620'800'000'000};  // 2026-11-02T12:00:00Z
inline const core::ProgramId demo = *core::ProgramId::from("demo");

core::Money usd(std::int64_t minor_units);
core::Account account(std::int64_t id, std::int64_t posted_minor);
core::Card card(std::string_view token, std::int64_t account_id);
core::Owner owner_of(const core::Card& card);
core::Request purchase(std::string_view message, std::string_view token, std::int64_t minor);
// `of`: the life cycle; empty when it stands alone.
core::Event event(core::EventKind kind, std::string_view notice, std::string_view of,
                  std::string_view token, std::int64_t minor);
// Over a calendar period in UTC, or a lifetime.
core::Control limit(std::int64_t id, std::int64_t max, core::Period period, core::Level counts);

class World {
 public:
  // The journal begins with `first`. `seed`: of what live() invents.
  explicit World(core::Sequence first = {1}, std::uint64_t seed = 1);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Records the time zone UTC and the program "demo".
  void begin();
  // And account 1 with 1,000.00 USD and its card "card_1".
  void begin_with_card();

  // Applies the command, now or at its moment, and appends its record if it changes anything.
  core::Outcome apply(const core::Command& command);
  core::Outcome apply(const core::Command& command, core::Moment moment);

  // Puts a row into the state behind the journal's back.
  void put(const core::Row& row) { state_.put(row); }

  // Makes what was applied durable.
  void flush();

  void advance(std::int64_t us) { now_.unix_us += us; }
  core::Timestamp now() const noexcept { return now_; }
  core::Sequence last() const noexcept { return {journal_->next_sequence().value - 1}; }

  // Goes on with a random issuer: tests/core/random_program.h, now and then a new account, and
  // merchants whose names are not text. Flushes now and then, and at the end.
  void live(std::size_t commands);

  const core::MemoryState& state() const noexcept { return state_; }
  const store::Journal& journal() const noexcept { return *journal_; }
  // Its files as they are now. A segment that is being prepared gets its name at any moment and is
  // left out.
  void copy_journal(const std::filesystem::path& to) const;

  struct Decided {
    core::Request request;
    core::Answer answer;
  };
  struct Booked {
    std::optional<core::Event> event;  // nothing: an expiry or an abandonment that moved money
    core::Booking booking;
  };
  const std::vector<Decided>& decided() const noexcept { return decided_; }
  const std::vector<Booked>& booked() const noexcept { return booked_; }

  // Approved dollars of a program's debits in the records after `mark`.
  std::int64_t approved_after(core::Sequence mark, const core::ProgramId& program) const;

 private:
  void remember(const core::Command& command, const core::Outcome& outcome);
  void welcome_newcomer();
  void revive();
  void abandon_one();

  core::MemoryState state_;
  core::Timestamp now_ = noon;
  std::filesystem::path directory_;
  std::unique_ptr<store::Journal> journal_;

  core::test::RandomProgram random_program_;
  std::mt19937_64 random_;
  bool has_begun_ = false;  // whether the random issuer has
  std::int64_t newcomers_ = 0;
  std::vector<core::Card> random_cards_;  // those that it began with

  std::vector<Decided> decided_;
  std::vector<Booked> booked_;
  struct Approval {
    core::Sequence sequence;
    core::ProgramId program;
    core::MessageId message;
    core::Money approved;
  };
  std::vector<Approval> approvals_;  // of debits
};

// Compares the ledger with the state: balances, authorizations, what was decided and has happened,
// and the books.
void expect_ledger_agrees(store::Connection& connection, const World& world);

// Polls until it holds, for at most half a minute.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace authd::test
