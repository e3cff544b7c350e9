// PostgreSQL is restored to an earlier point: whoever opens an account then gets a number that
// nobody had, and with it nobody's money.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/wallet_client.h"
#include "tests/postgres/cluster.h"

namespace authd::test {
namespace {

class Restored : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    auto admin = test::connect(Cluster::superuser_conninfo(database()));
    data_ = query_text(admin, "SHOW data_directory");
    site_.emplace(Site::Settings{.conninfo = conninfo(), .api = true});
    client_.emplace(std::uint16_t{0}, create_api_key(*site_, "demo"));
    back_up();
    start();
  }
  void TearDown() override {
    daemon_.reset();
    Cluster::start();
    std::filesystem::remove_all(data_ + ".backup");
    LedgerTest::TearDown();
  }

  void start() {
    daemon_.emplace(*site_);
    ASSERT_TRUE(daemon_->await_serving()) << daemon_->log();
    client_->move_to(daemon_->api_port());
  }
  void back_up() const {
    Cluster::stop();
    copy(data_, data_ + ".backup");
    Cluster::start();
  }
  void restore() const {
    Cluster::stop();
    copy(data_ + ".backup", data_);
    Cluster::start();
  }
  static void copy(const std::string& from, const std::string& to) {
    ASSERT_EQ(std::system(("rm -rf '" + to + "' && cp -a '" + from + "' '" + to + "'").c_str()), 0);
  }

  // As soon as it can be created.
  boost::json::object create(const std::string& path, const std::string& body) {
    const std::string key = "key-" + std::to_string(++keys_);
    HttpAnswer answer;
    EXPECT_TRUE(eventually([&] {
      answer = client_->post(path, body, key);
      return answer.status == 201;
    })) << answer
        << daemon_->log();
    return object_of(answer);
  }
  std::int64_t open_account() {
    return create("/v1/accounts", R"({"program":"demo","currency":"USD"})")
        .at("id")
        .to_number<std::int64_t>();
  }
  void issue_card(const std::string& token, std::int64_t account) {
    create("/v1/cards", R"({"program":"demo","token":")" + token + R"(","status":"active",)" +
                            R"("expires_at":"2090-01-01T00:00:00Z","account":)" +
                            std::to_string(account) + "}");
  }
  // 200 approved, 402 declined.
  int purchase(std::string_view card) {
    const std::string message = "m" + std::to_string(++purchases_);
    return post_to(*daemon_, test::post(purchase_body(message, card, "1.00"))).status;
  }

  std::int64_t open_a_rich_account() {
    const std::int64_t account = open_account();
    create("/v1/accounts/" + std::to_string(account) + "/top-ups",
           R"({"amount":)" + amount_json(100'000) + "}");
    issue_card("card-rich", account);
    EXPECT_EQ(purchase("card-rich"), 200);
    return account;
  }
  void expect_a_new_account_is_nobody_elses(std::int64_t rich) {
    const std::int64_t account = open_account();
    EXPECT_GT(account, rich);
    issue_card("card-poor", account);
    EXPECT_EQ(purchase("card-poor"), 402);
  }

  std::string data_;
  std::optional<Site> site_;
  std::optional<Daemon> daemon_;
  std::optional<WalletClient> client_;
  int keys_ = 0;
  int purchases_ = 0;
};

TEST_F(Restored, UnderTheDaemonGivesNoAccountNumberOutAgain) {
  const std::int64_t rich = open_a_rich_account();
  restore();
  expect_a_new_account_is_nobody_elses(rich);
}

TEST_F(Restored, WhileTheDaemonIsAwayGivesNoAccountNumberOutAgain) {
  const std::int64_t rich = open_a_rich_account();
  daemon_->kill();
  restore();
  // The mirror cannot begin: nobody knows what the state knows.
  const std::string slot = "'authd_" + database() + "_1'";
  auto admin = test::connect(Cluster::superuser_conninfo(database()));
  query(admin, "SELECT pg_create_logical_replication_slot(" + slot + ", 'test_decoding')");
  start();
  EXPECT_EQ(client_->post("/v1/accounts", R"({"program":"demo","currency":"USD"})").status, 503);
  EXPECT_EQ(query_text(admin, "SELECT count(*) FROM authd.account"), "0");
  query(admin, "SELECT pg_drop_replication_slot(" + slot + ")");
  expect_a_new_account_is_nobody_elses(rich);
}

}  // namespace
}  // namespace authd::test
