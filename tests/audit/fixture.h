// A world, the snapshot that a daemon would have of it, and a ledger drained from its journal.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/audit/audit.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/state_rows.h"
#include "tests/postgres/world.h"

namespace authd::test {

// A private directory, removed at the end.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

// A snapshot of all rows that the world has now.
store::Snapshot open_snapshot(const std::filesystem::path& directory);
void checkpoint(store::Snapshot& snapshot, const World& world);
// One row behind the journal's back.
void put(store::Snapshot& snapshot, const core::Row& row);

store::JournalSource source_of(const World& world);

class AuditTest : public LedgerTest {
 protected:
  void SetUp() override;

  // Of a world without a mirror.
  store::AuditOptions options(const World& world) const;

  store::AuditReport audited(const World& world, const store::AuditOptions& options) const;
  store::AuditReport audited(const World& world) const { return audited(world, options(world)); }

  // Statements against what triggers and constraints allow.
  void spoil(const std::string& statements) const;

  void drain(const World& world) const;

  Directory directory;
  std::optional<store::Snapshot> snapshot;
};

// What an audit has found, in a few words, a line each.
std::string findings(const store::AuditReport& report);
void expect_clean(const store::AuditReport& report);

}  // namespace authd::test
