// A world, the snapshot that a daemon would have of it, and a ledger drained from its journal.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/audit/audit.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/state_rows.h"
#include "tests/postgres/world.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {

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

  TemporaryDirectory directory;
  std::optional<store::Snapshot> snapshot;
};

// What an audit has found, in a few words, a line each.
std::string findings(const store::AuditReport& report);
void expect_clean(const store::AuditReport& report);

}  // namespace authd::test
