// The benchmark's data: were they not what they say, its figures would say nothing.

#include <algorithm>
#include <map>
#include <set>

#include "authd/recon/reader.h"
#include "store/audit/books.h"
#include "tests/recon_engine/planted_ledger.h"

namespace authd::test {

namespace {

// A second ledger beside the test's own, gone with it.
class OtherLedger {
 public:
  explicit OtherLedger(std::string name) : name_(std::move(name)) { create_ledger(name_); }
  ~OtherLedger() {
    auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
    query(admin, "DROP DATABASE " + name_ + " WITH (FORCE)");
  }
  OtherLedger(const OtherLedger&) = delete;
  OtherLedger& operator=(const OtherLedger&) = delete;

  std::string conninfo() const { return Cluster::conninfo(name_); }

 private:
  const std::string name_;
};

}  // namespace

using ReconData = PlantedLedgerTest;

TEST_F(ReconData, IsTheSameForTheSameSeedAndOtherwiseNot) {
  const OtherLedger again(database() + "_again");
  const OtherLedger other(database() + "_other");
  generate(10);
  const std::string text = file_text();
  const bench::PlantedList planted = generated_.planted;
  generate(10, again.conninfo());
  EXPECT_EQ(file_text(), text);
  ASSERT_EQ(generated_.planted.size(), planted.size());
  for (std::size_t i = 0; i < planted.size(); ++i) {
    EXPECT_EQ(generated_.planted[i].line_number, planted[i].line_number);
    EXPECT_EQ(generated_.planted[i].item, planted[i].item);
  }
  world_.seed = 2;
  generate(10, other.conninfo());
  EXPECT_NE(file_text(), text);
}

TEST_F(ReconData, KeepsBooksThatAgree) {
  generate(100);
  auto connection = connect();
  store::AuditReport report;
  ASSERT_TRUE(store::check_books(connection, world_.shard, 10, report));
  EXPECT_EQ(report.differences, 0U);
  for (const store::BookFinding& finding : report.books) {
    ADD_FAILURE() << name(finding.check) << " " << finding.place << ": " << finding.found
                  << " instead of " << finding.expected;
  }
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.authorization"), "5000");
  EXPECT_EQ(query_text(connection, "SELECT count(DISTINCT currency) FROM authd.posting"), "4");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) > 0 FROM authd.event AS a JOIN authd.event AS b"
                       " ON b.seq > a.seq AND b.booked_at <= a.booked_at"),
            "f");
}

TEST_F(ReconData, PlantsAsManyFaultsAsWereAskedForEvenlyOverAllKinds) {
  generate(100);
  ASSERT_EQ(generated_.planted.size(), 500U);
  std::map<bench::FaultKind, std::pair<int, int>> counts;  // in all, and for a rule
  std::set<std::uint64_t> lines;
  std::set<std::uint64_t> items;
  for (const bench::Planted& planted : generated_.planted) {
    ++counts[planted.fault.kind].first;
    counts[planted.fault.kind].second += planted.fault.resolution() == "exception" ? 0 : 1;
    if (planted.line_number != 0) {
      EXPECT_TRUE(lines.insert(planted.line_number).second);
    }
    if (planted.item.value != 0) {
      EXPECT_TRUE(items.insert(planted.item.value).second);
    }
  }
  ASSERT_EQ(counts.size(), recon::discrepancy_names.size());
  for (const auto& [kind, count] : counts) {
    EXPECT_NEAR(count.first, 500 / 11, 1) << name(kind);
    const bool has_rule = kind == bench::FaultKind::amount || kind == bench::FaultKind::status ||
                          kind == bench::FaultKind::date;
    EXPECT_NEAR(count.second, has_rule ? count.first / 2 : 0, 1) << name(kind);
  }
}

TEST_F(ReconData, PlantsNothingWhenNothingIsAskedFor) {
  generate(0);
  EXPECT_TRUE(generated_.planted.empty());
}

TEST_F(ReconData, IsAFileThatTheSupplierCouldHaveWritten) {
  generate(10);
  const recon::Source source = clearing_source();
  auto reader = recon::Reader::open(file_, source);
  ASSERT_TRUE(reader);
  std::uint64_t last = 0;
  std::uint64_t unordered = 0;
  for (core::Timestamp before;;) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    ASSERT_FALSE(std::holds_alternative<recon::BadLine>(*item));
    if (const auto* const end = std::get_if<recon::End>(&*item)) {
      EXPECT_EQ(end->lines, generated_.lines);
      break;
    }
    const auto& line = std::get<recon::Line>(*item);
    last = line.line_number;
    EXPECT_EQ(line.amount.minor_units < 0, line.kind == "REFUND");
    unordered += line.occurred_at < before ? 1U : 0U;
    before = line.occurred_at;
  }
  EXPECT_GT(unordered, generated_.lines / 4);
  EXPECT_TRUE(std::all_of(generated_.planted.begin(), generated_.planted.end(),
                          [last](const bench::Planted& one) { return one.line_number <= last; }));
}

TEST_F(ReconData, DoesNotFillALedgerTwice) {
  generate(10);
  auto first = connect();
  auto second = connect();
  std::FILE* const file = std::tmpfile();
  EXPECT_FALSE(bench::generate(first, second, world_, 10, file));
  std::fclose(file);
}

}  // namespace authd::test
