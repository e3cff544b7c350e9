// World: a state, the commands that made it, and the journal of them; what a ledger drained from
// that journal must agree with.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/apply.h"
#include "core/memory_state.h"
#include "store/journal/journal.h"
#include "store/postgres/connection.h"

namespace authd::test {

inline constexpr std::int64_t second_us = 1'000'000;
inline constexpr std::int64_t hour_us = 3'600 * second_us;

core::Account account(std::int64_t id, std::int64_t posted_minor);
core::Card card(const std::string& program, const std::string& token, std::int64_t account_id);
core::Request purchase(const std::string& message, const std::string& token,
                       std::int64_t amount_minor);
core::Money usd(std::int64_t minor_units);

class World {
 public:
  // Programs "demo" (UTC−5) and "asia" (UTC+8). The journal begins with `first`.
  explicit World(core::Sequence first = {1});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Applies the command now, and appends its record if it changes anything.
  core::Outcome apply(const core::Command& command);

  // Puts a row into the state behind the journal's back.
  void put(const core::Row& row) { state_.put(row); }

  // Makes what was applied durable.
  void flush();

  void advance(std::int64_t us) { now_.unix_us += us; }
  core::Timestamp now() const noexcept { return now_; }
  core::Sequence last() const noexcept { return {journal_->next_sequence().value - 1}; }

  // Opens a few accounts with cards in both programs, then mixes purchases, increments,
  // repetitions, declines and newly opened accounts over many days. Flushes now and then.
  void live(std::size_t commands, std::uint64_t seed);

  const core::MemoryState& state() const noexcept { return state_; }
  const std::vector<core::Program>& programs() const noexcept { return programs_; }
  const store::Journal& journal() const noexcept { return *journal_; }
  const std::vector<core::Request>& decided() const noexcept { return decided_; }
  const std::vector<core::Card>& cards() const noexcept { return cards_; }

  // Approved money of "demo" in the records after `mark`.
  std::int64_t approved_after(core::Sequence mark) const;

 private:
  void open(std::int64_t id, std::mt19937_64& random);
  core::Request random_request(std::mt19937_64& random);

  std::vector<core::Program> programs_;
  core::MemoryState state_;
  core::Timestamp now_{1'790'000'000 * second_us};
  std::filesystem::path directory_;
  std::unique_ptr<store::Journal> journal_;
  std::vector<core::Request> decided_;
  std::vector<std::pair<core::Sequence, std::int64_t>> approvals_;  // of "demo"
  std::vector<core::Card> cards_;
};

// Compares accounts and holds row for row, decisions and the sums of the double-entry book.
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
