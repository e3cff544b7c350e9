#include "tests/audit/fixture.h"

#include <cstdlib>
#include <sstream>

#include "store/state/snapshot_import.h"

namespace authd::test {

store::Snapshot open_snapshot(const std::filesystem::path& directory) {
  auto snapshot = store::Snapshot::open({directory, std::size_t{1} << 30U, 1});
  if (!snapshot) std::exit(1);
  return std::move(*snapshot);
}

void checkpoint(store::Snapshot& snapshot, const World& world) {
  store::SnapshotImport rows(snapshot);
  world.state().for_each([&rows](const core::Row& row) { rows.add(row); });
  ASSERT_TRUE(rows.finish({world.last(), world.now(), {0}, true}));
}

void put(store::Snapshot& snapshot, const core::Row& row) {
  const store::RowKey key = store::key_of(row);
  std::vector<std::byte> value;
  store::encode_value(key, row, value);
  const store::Table::Entry entry{key.view(), value};
  ASSERT_TRUE(snapshot.commit({&entry, 1}, nullptr));
}

store::JournalSource source_of(const World& world) {
  const store::Journal& journal = world.journal();
  return {[&journal](core::Sequence from) { return store::Reader::open(journal, from); },
          [&journal] { return journal.durable().sequence(); }};
}

void AuditTest::SetUp() {
  LedgerTest::SetUp();
  snapshot.emplace(open_snapshot(directory.path() / "snapshot"));
}

store::AuditOptions AuditTest::options(const World& world) const {
  store::AuditOptions options;
  options.scratch = directory.path() / "audit";
  options.map_bytes = std::size_t{1} << 30U;
  options.journal = source_of(world);
  options.connection.conninfo = conninfo();
  options.now = world.now();
  options.drain_wait = std::chrono::milliseconds(0);
  return options;
}

store::AuditReport AuditTest::audited(const World& world, const store::AuditOptions& given) const {
  static_cast<void>(world);
  const auto report = store::audit(*snapshot, given);
  EXPECT_TRUE(report) << static_cast<int>(report ? store::AuditError::Code{} : report.error().code)
                      << (report ? "" : report.error().postgres.message);
  EXPECT_FALSE(std::filesystem::exists(given.scratch));
  return report ? *report : store::AuditReport{};
}

void AuditTest::spoil(const std::string& statements) const {
  auto superuser = test::connect(Cluster::superuser_conninfo(database()));
  query_text(superuser, "SET session_replication_role = replica;" + statements);
}

void AuditTest::drain(const World& world) const {
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {400});
}

std::string findings(const store::AuditReport& report) {
  std::ostringstream out;
  for (const store::RowFinding& row : report.rows) {
    out << store::name(row.kind) << " " << int{static_cast<std::uint8_t>(row.key[0])} << " "
        << row.key << "\n";
  }
  for (const store::BookFinding& book : report.books) {
    out << store::name(book.check) << " " << book.place << ": " << book.found << ", not "
        << book.expected << "\n";
  }
  return out.str();
}

void expect_clean(const store::AuditReport& report) {
  EXPECT_EQ(report.differences, 0U) << findings(report);
  EXPECT_TRUE(report.is_clean());
}

}  // namespace authd::test
