// MirroredWorld: a state that a mirror keeps, and the database that it mirrors.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/memory_state.h"
#include "store/mirror/mirror.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

// Polls until it holds, for at most half a minute.
template <class Condition>
bool soon(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A state in memory that takes commands as the sequencer does.
class MirroredState {
 public:
  MirroredState();

  std::optional<std::vector<core::Outcome>> apply(const std::vector<core::Command>& commands);
  bool visit(const std::function<void(const core::Row&)>& visit) const;

  // Calls with more than so many commands wait, until they are released.
  void hold(std::size_t above);
  bool is_holding() const;
  void release();

  core::MemoryState copy() const;
  core::MirrorMark mark() const;
  std::size_t largest_call() const;
  std::size_t changes() const;  // commands that have changed something

 private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  core::MemoryState state_;
  core::Sequence sequence_;
  std::optional<std::size_t> hold_above_;
  bool is_holding_ = false;
  std::size_t largest_call_ = 0;
};

// A database of its own with its slot, a state, and a mirror between them.
class Mirroring : public LedgerTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  store::MirrorOptions options();
  void start() { start(options()); }
  void start(store::MirrorOptions options);
  void stop() { mirror_.reset(); }

  std::string slot() const { return store::default_slot_name(database(), 1); }
  store::MirrorStatus status() const { return mirror_->status(); }
  std::uint64_t compared(store::CompareReason reason) const;

  // A statement of its own connection, which the server's absence does not harm.
  void sql(const std::string& statement) const;
  std::string sql_text(const std::string& statement) const;
  store::Connection connect_as_admin() const;
  void admin(const std::string& statement) const;
  std::string admin_text(const std::string& statement) const;

  void open_account(std::int64_t id, std::int64_t opening_minor = 0) const;
  void issue_card(const std::string& token, std::int64_t account) const;
  void set_control(const core::Owner& owner, const core::Control& control) const;

  // Whether the mirror has come past everything that is committed now.
  bool caught_up() const;

  // Compares the state with PostgreSQL, row by row.
  void expect_agreement() const;
  void expect_caught_up_and_agreed() const;

  bool reaches(store::MirrorState state) const;

  MirroredState state_;
  std::set<std::uint32_t> applied_xids() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::uint32_t> applied_xids_;
  std::unique_ptr<store::Mirror> mirror_;
};

core::Owner owner_of_account(std::int64_t id);
core::Owner owner_of_card(const std::string& token);
core::Control limit(std::int64_t id, std::int64_t max);

}  // namespace authd::test
