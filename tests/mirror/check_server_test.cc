#include "store/mirror/check_server.h"

#include <gtest/gtest.h>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using Code = store::ServerFinding::Code;

class CheckServer : public Mirroring {
 protected:
  std::vector<store::ServerFinding> findings(const std::string& user = "authd") const {
    store::Connection connection = test::connect(conninfo() + " user=" + user);
    const auto found = store::check_server(connection, slot(), "authd");
    EXPECT_TRUE(found);
    return found ? *found : std::vector<store::ServerFinding>();
  }
  void ensure_slot() const { ASSERT_TRUE(store::ensure_slot({.conninfo = conninfo()}, slot())); }
  using Findings = std::vector<store::ServerFinding>;
};

TEST_F(CheckServer, FindsNothingWhereAllIsWell) {
  EXPECT_EQ(findings(), (Findings{{Code::slot_missing, slot()}}));
  ensure_slot();
  EXPECT_EQ(findings(), Findings());
  start();
  ASSERT_TRUE(reaches(store::MirrorState::following));
  EXPECT_EQ(findings(), Findings());
}

TEST_F(CheckServer, FindsWhatThePublicationLacks) {
  ensure_slot();
  sql("ALTER PUBLICATION authd DROP TABLE authd.card");
  EXPECT_EQ(findings(), (Findings{{Code::unpublished_table, "authd.card"}}));
  sql("ALTER PUBLICATION authd ADD TABLE authd.card");
  sql("ALTER PUBLICATION authd SET (publish = 'insert, update, delete')");
  EXPECT_EQ(findings(), (Findings{{Code::unpublished_change, "authd"}}));
  sql("DROP PUBLICATION authd");
  EXPECT_EQ(findings(), (Findings{{Code::publication, "authd"}}));
}

TEST_F(CheckServer, FindsARoleThatMayNotReplicate) {
  ensure_slot();
  admin("CREATE ROLE check_server LOGIN");
  EXPECT_EQ(findings("check_server"), (Findings{{Code::role, "check_server"}}));
  admin("DROP ROLE check_server");
}

TEST_F(CheckServer, FindsAServerWhoseLogMayFillItsDisk) {
  ensure_slot();
  admin("ALTER SYSTEM SET max_slot_wal_keep_size = -1");
  admin("SELECT pg_reload_conf()");
  EXPECT_TRUE(soon([this] { return findings() == Findings{{Code::unlimited_wal, {}}}; }));
  admin("ALTER SYSTEM RESET max_slot_wal_keep_size");
  admin("SELECT pg_reload_conf()");
  EXPECT_TRUE(soon([this] { return findings().empty(); }));
}

TEST_F(CheckServer, FindsSettingsThatNeedARestart) {
  admin("ALTER SYSTEM SET wal_level = 'replica'");
  admin("ALTER SYSTEM SET max_replication_slots = 0");
  admin("ALTER SYSTEM SET max_wal_senders = 0");
  Cluster::stop();
  Cluster::start();
  const auto found = findings();
  admin("ALTER SYSTEM RESET wal_level");
  admin("ALTER SYSTEM RESET max_replication_slots");
  admin("ALTER SYSTEM RESET max_wal_senders");
  Cluster::stop();
  Cluster::start();
  EXPECT_EQ(found, (Findings{{Code::wal_level, {}},
                             {Code::no_free_slot, {}},
                             {Code::no_free_sender, {}},
                             {Code::slot_missing, slot()}}));
}

TEST_F(CheckServer, SaysWhatToDo) {
  for (int code = 1; code <= static_cast<int>(Code::unlimited_wal); ++code) {
    const store::ServerFinding finding{static_cast<Code>(code), "subject"};
    EXPECT_NE(store::name(finding.code), "unknown");
    EXPECT_GT(store::describe(finding).size(), 40U);
  }
  EXPECT_TRUE((store::ServerFinding{Code::slot_lost, {}}).is_warning());
  EXPECT_FALSE((store::ServerFinding{Code::slot_taken, {}}).is_warning());
}

}  // namespace

}  // namespace authd::test
