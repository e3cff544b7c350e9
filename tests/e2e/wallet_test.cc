// The wallet API of the running daemon: an answer is the wait. What it says is in force for the
// very next authorization and the very next read; nothing here looks twice.

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <filesystem>
#include <vector>

#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_daemon.h"

namespace authd::test {
namespace {

constexpr std::string_view card_path = "/v1/cards/demo/card-1";

std::int64_t minor(const boost::json::value& amount) {
  return amount.at("minor").to_number<std::int64_t>();
}

std::string problem_of(const HttpAnswer& answer) {
  const auto object = object_of(answer);
  const auto* const type = object.if_contains("type");
  if (type == nullptr || !type->is_string()) return "";
  const std::string_view text = type->as_string();
  return std::string(text.substr(text.rfind('/') + 1));
}

struct Balances {
  std::int64_t posted = 0;
  std::int64_t held = 0;
  std::int64_t available = 0;
  friend bool operator==(const Balances&, const Balances&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Balances& b) {
    return out << "posted " << b.posted << " held " << b.held << " available " << b.available;
  }
};

// Accounts 1 and 2 with 1,000.00 each, and a card each; the daemon is ready, its mirror follows.
class WalletApi : public LedgerDaemonTest {
 protected:
  void SetUp() override {
    LedgerDaemonTest::SetUp();
    begin({.program_keys = "kyc = \"not_rejected\"\n"},
          account_line(1, 100'000) + card_line("card-1", 1) + account_line(2, 100'000) +
              card_line("card-2", 2));
  }

  // The status of a purchase on the card: 200 approved, 402 declined.
  int purchase(std::string_view amount, std::string_view card = "card-1") {
    const std::string message = "m" + std::to_string(++purchases_);
    return post_to(*daemon_, test::post(purchase_body(message, card, amount))).status;
  }

  Balances balances(int account) {
    const HttpAnswer answer = client_->get("/v1/accounts/" + std::to_string(account));
    const auto object = object_of(answer);
    const auto* const shown = object.if_contains("balances");
    if (shown == nullptr) {
      ADD_FAILURE() << answer;
      return {};
    }
    return {minor(shown->at("posted")), minor(shown->at("held")), minor(shown->at("available"))};
  }

  static std::string money(std::int64_t minor_units) {
    return R"({"amount":)" + amount_json(minor_units) + "}";
  }
  static std::string transfer(int from, int to, std::int64_t minor_units) {
    return R"({"from":)" + std::to_string(from) + R"(,"to":)" + std::to_string(to) +
           R"(,"amount":)" + amount_json(minor_units) + "}";
  }
  static std::string wire(std::int64_t minor_units) {
    return R"({"account":1,"amount":)" + amount_json(minor_units) +
           R"(,"counterparty":{"name":"Ada Example","account":"DE02120300000000202051",)"
           R"("bank":"BYLADEM1001"}})";
  }

  int purchases_ = 0;
};

TEST_F(WalletApi, FreezesACardForTheNextAuthorization) {
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(purchase("1.00"), 200);
    const HttpAnswer frozen = client_->post(std::string(card_path) + "/freeze");
    ASSERT_EQ(frozen.status, 200) << frozen;
    EXPECT_EQ(purchase("1.00"), 402) << round;
    const HttpAnswer active = client_->post(std::string(card_path) + "/unfreeze");
    ASSERT_EQ(active.status, 200) << active;
  }
  EXPECT_EQ(purchase("1.00"), 200);
}

TEST_F(WalletApi, LimitsSpendingFromTheAnswerOn) {
  for (int max_minor = 2'000; max_minor > 1'500; max_minor -= 100) {
    EXPECT_EQ(purchase(major_units(max_minor + 1)), 200);
    const HttpAnswer created =
        client_->post(std::string(card_path) + "/controls",
                      R"({"limit":{"measure":"amount","per":"transaction","max":)" +
                          std::to_string(max_minor) + "}}");
    ASSERT_EQ(created.status, 201) << created;
    EXPECT_EQ(purchase(major_units(max_minor + 1)), 402);
    EXPECT_EQ(purchase(major_units(max_minor)), 200);
  }
}

TEST_F(WalletApi, DeclinesForAHolderWhoWasRejected) {
  const HttpAnswer holder = client_->post("/v1/holders", R"({"reference":"holder-1"})");
  ASSERT_EQ(holder.status, 201) << holder;
  const std::string id = std::to_string(object_of(holder).at("id").to_number<int>());
  const HttpAnswer bound = client_->change("/v1/accounts/1", R"({"holder":)" + id + "}");
  ASSERT_EQ(bound.status, 200) << bound;
  EXPECT_EQ(purchase("1.00"), 200);
  const HttpAnswer rejected = client_->change("/v1/holders/" + id, R"({"kyc":"rejected"})");
  ASSERT_EQ(rejected.status, 200) << rejected;
  EXPECT_EQ(purchase("1.00"), 402);
  EXPECT_EQ(purchase("1.00", "card-2"), 200);  // of nobody
  const HttpAnswer verified = client_->change("/v1/holders/" + id, R"({"kyc":"verified"})");
  ASSERT_EQ(verified.status, 200) << verified;
  EXPECT_EQ(purchase("1.00"), 200);
}

TEST_F(WalletApi, LetsATopUpBeSpentAtOnce) {
  EXPECT_EQ(purchase("1000.01"), 402);
  const HttpAnswer topped_up = client_->post("/v1/accounts/1/top-ups", money(1));
  ASSERT_EQ(topped_up.status, 201) << topped_up;
  EXPECT_EQ(purchase("1000.01"), 200);
  EXPECT_EQ(purchase("0.01"), 402);
}

TEST_F(WalletApi, ShowsATransferOnBothSidesAtOnce) {
  for (int round = 1; round <= 5; ++round) {
    const HttpAnswer moved = client_->post("/v1/transfers", transfer(1, 2, 1'000));
    ASSERT_EQ(moved.status, 201) << moved;
    EXPECT_EQ(balances(1), (Balances{100'000 - 1'000 * round, 0, 100'000 - 1'000 * round}));
    EXPECT_EQ(balances(2), (Balances{100'000 + 1'000 * round, 0, 100'000 + 1'000 * round}));
  }
  EXPECT_EQ(purchase("1050.01", "card-2"), 402);
  EXPECT_EQ(purchase("1050.00", "card-2"), 200);
  EXPECT_EQ(purchase("950.01"), 402);
  EXPECT_EQ(purchase("950.00"), 200);
}

TEST_F(WalletApi, PaysOutWhatIsNotHeldAndNotOneCentMore) {
  EXPECT_EQ(purchase("300.00"), 200);
  const HttpAnswer declined =
      client_->post("/v1/accounts/1/withdrawals", money(70'001), "too-much");
  EXPECT_EQ(declined.status, 409) << declined;
  EXPECT_EQ(problem_of(declined), "declined");
  EXPECT_EQ(object_of(declined).at("reason"), "insufficient_funds");
  const HttpAnswer paid = client_->post("/v1/accounts/1/withdrawals", money(70'000));
  EXPECT_EQ(paid.status, 201) << paid;
  EXPECT_EQ(balances(1), (Balances{30'000, 30'000, 0}));
  // What was declined stays so, whatever has come in since.
  ASSERT_EQ(client_->post("/v1/accounts/1/top-ups", money(100'000)).status, 201);
  const HttpAnswer again = client_->post("/v1/accounts/1/withdrawals", money(70'001), "too-much");
  EXPECT_EQ(again.status, 409) << again;
  EXPECT_EQ(object_of(again).at("transfer"), object_of(declined).at("transfer"));
  EXPECT_EQ(balances(1), (Balances{130'000, 30'000, 100'000}));
}

TEST_F(WalletApi, HoldsAWireUntilItIsSettled) {
  const HttpAnswer requested = client_->post("/v1/wires", wire(40'000));
  ASSERT_EQ(requested.status, 201) << requested;
  EXPECT_EQ(object_of(requested).at("status"), "requested");
  EXPECT_EQ(balances(1), (Balances{100'000, 40'000, 60'000}));
  EXPECT_EQ(purchase("600.01"), 402);
  const std::string path = "/v1/wires/" + std::string(object_of(requested).at("id").as_string());
  const HttpAnswer sent = client_->post(path + "/sent");
  ASSERT_EQ(sent.status, 200) << sent;
  EXPECT_EQ(object_of(sent).at("status"), "sent");
  EXPECT_EQ(balances(1), (Balances{100'000, 40'000, 60'000}));
  const HttpAnswer settled = client_->post(path + "/settled");
  ASSERT_EQ(settled.status, 200) << settled;
  EXPECT_EQ(object_of(settled).at("status"), "settled");
  EXPECT_EQ(balances(1), (Balances{60'000, 0, 60'000}));
  EXPECT_EQ(purchase("600.00"), 200);
}

TEST_F(WalletApi, AnswersAKeyTheSameAfterItWasKilled) {
  struct Request {
    std::string path;
    std::string body;
    std::string key;
    int status;
  };
  const std::vector<Request> requests = {
      {"/v1/holders", R"({"reference":"holder-1"})", "k1", 201},
      {"/v1/accounts/1/top-ups", money(5), "k2", 201},
      {"/v1/transfers", transfer(1, 2, 7), "k3", 201},
      {"/v1/wires", wire(11), "k4", 201},
  };
  std::vector<HttpAnswer> answers;
  for (const Request& request : requests) {
    answers.push_back(client_->post(request.path, request.body, request.key));
    ASSERT_EQ(answers.back().status, request.status) << answers.back();
  }
  kill_and_start();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(client_->post(requests[i].path, requests[i].body, requests[i].key), answers[i]);
  }
  const HttpAnswer other = client_->post("/v1/transfers", transfer(1, 2, 8), "k3");
  EXPECT_EQ(other.status, 422) << other;
  EXPECT_EQ(problem_of(other), "idempotency-key-reused");
  EXPECT_EQ(balances(1), (Balances{99'998, 11, 99'987}));
  EXPECT_EQ(balances(2), (Balances{100'007, 0, 100'007}));
}

TEST_F(WalletApi, AnswersAChangeThatDecisionsHeedTheSameAfterItWasKilled) {
  const std::string path = std::string(card_path) + "/freeze";
  const HttpAnswer frozen = client_->post(path, "{}", "k1");
  ASSERT_EQ(frozen.status, 200) << frozen;
  kill_and_start();
  EXPECT_EQ(client_->post(path, "{}", "k1"), frozen);
  EXPECT_EQ(purchase("0.01"), 402);
}

TEST_F(WalletApi, GivesAStatementThatAddsUp) {
  ASSERT_EQ(client_->post("/v1/accounts/1/top-ups", money(2'500)).status, 201);
  ASSERT_EQ(client_->post("/v1/accounts/1/withdrawals", money(700)).status, 201);
  ASSERT_EQ(client_->post("/v1/accounts/1/fees", money(30)).status, 201);
  ASSERT_EQ(client_->post("/v1/transfers", transfer(1, 2, 4)).status, 201);
  const HttpAnswer answer =
      client_->get("/v1/accounts/1/statement?from=2000-01-01T00:00:00Z&to=2090-01-01T00:00:00Z");
  ASSERT_EQ(answer.status, 200) << answer;
  const auto statement = object_of(answer);
  std::int64_t balance = minor(statement.at("opening"));
  EXPECT_EQ(balance, 0);
  std::vector<std::int64_t> amounts;
  for (const auto& movement : statement.at("movements").as_array()) {
    amounts.push_back(minor(movement.at("amount")));
    balance += amounts.back();
    EXPECT_EQ(minor(movement.at("balance")), balance) << answer;
  }
  EXPECT_EQ(amounts, (std::vector<std::int64_t>{100'000, 2'500, -700, -30, -4}));
  EXPECT_EQ(minor(statement.at("closing")), balance);
  EXPECT_EQ(balances(1).posted, balance);
}

TEST_F(WalletApi, ShowsNothingOfAProgramToTheKeyOfAnother) {
  WalletClient other(daemon_->api_port(), create_api_key(*site_, "other"));
  EXPECT_EQ(other.get("/v1/accounts/1").status, 404);
  EXPECT_EQ(other.get(card_path).status, 404);
  EXPECT_EQ(other.post(std::string(card_path) + "/freeze").status, 404);
  EXPECT_EQ(other.post("/v1/accounts/1/withdrawals", money(1)).status, 404);
  EXPECT_EQ(other.post("/v1/transfers", transfer(1, 2, 1)).status, 404);
  const HttpAnswer accounts = other.get("/v1/accounts");
  EXPECT_EQ(accounts.status, 200) << accounts;
  EXPECT_TRUE(object_of(accounts).at("items").as_array().empty()) << accounts;
  WalletClient nobody(daemon_->api_port(), "authd_none");
  EXPECT_EQ(nobody.get("/v1/accounts/1").status, 401);
  EXPECT_EQ(balances(1), (Balances{100'000, 0, 100'000}));
  EXPECT_EQ(purchase("1.00"), 200);
}

TEST_F(WalletApi, ServesItsDocumentAndCountsItsRequests) {
  const auto document = http_get(daemon_->api_port(), "/openapi.yaml");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->status, 200);
  EXPECT_EQ(document->body, read_file(std::filesystem::path(AUTHD_OPS) / "openapi.yaml"));
  EXPECT_EQ(client_->get("/v1/accounts/1").status, 200);
  EXPECT_EQ(client_->get("/v1/accounts/3").status, 404);
  const auto counted = [this](const std::string& labels) {
    return daemon_->metric("authd_api_requests_total{" + labels + "}");
  };
  EXPECT_EQ(counted(R"(operation="getDocument",status="200")"), 1);
  EXPECT_EQ(counted(R"(operation="getAccount",status="200")"), 1);
  EXPECT_EQ(counted(R"(operation="getAccount",status="404")"), 1);
}

}  // namespace
}  // namespace authd::test
