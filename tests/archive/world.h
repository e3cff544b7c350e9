// A ledger with some years of history, an untouched copy of it, and an archive's directory.

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "store/archive/archive.h"
#include "tests/postgres/cluster.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {

class ArchiveTest : public LedgerTest {
 protected:
  explicit ArchiveTest(int months = 20) : months_(months) {}

  static const std::vector<std::string>& tables();

  // Accounts 1 to 20, and of each month back to that age decisions, events, entries and
  // postings: `authorizations` times 1, 1, 4 and 10 of them. Texts are of every kind that is
  // awkward in CSV. The copies are original.decision and so on.
  void SetUp() override;

  store::Month month(int age) const { return {store::Month::of(now_).index - age - 1}; }
  store::ArchiveOptions options() const;

  // As the tests have it mostly: what is due by `options`.
  std::vector<store::ArchiveOutcome> run(const store::ArchiveOptions& options);
  void restore(store::Month month);

  // Every row once, in the views or in files that are as they should be; the books, too.
  void expect_all_there();

  // Adds to the history what happened in that month, as the drain would, and to the copy.
  void record_late(store::Month month, int authorizations);

  // Tables of that month in a schema.
  int tables_of(store::Month month, const std::string& schema);
  std::vector<store::ArchiveFile> files(store::Month month);
  std::string text(const std::string& statement) { return query_text(*connection_, statement); }

  const int months_;  // age of the oldest one
  core::Timestamp now_;
  TemporaryDirectory directory_;
  std::unique_ptr<store::Connection> connection_;

 private:
  int next_ = 1;  // sequence of what is recorded next
};

// What run() refused, as "2024-03 needed", in order.
std::string refusals(const std::vector<store::ArchiveOutcome>& outcomes);

}  // namespace authd::test
