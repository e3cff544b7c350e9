// What a connection of the API's pool has done before it serves.

#include <gtest/gtest.h>

#include <future>

#include "tests/api/master_data.h"

namespace authd::test {

namespace {

constexpr std::int64_t first_account = 1'000'000'000'000;
constexpr std::int64_t first_counter = std::int64_t{1} << 62U;

class Session : public MasterDataTest {
 protected:
  void restart_knowing(std::optional<store::Numbers> numbers) {
    numbers_ = numbers;
    restart({});
  }
};

TEST_F(Session, GivesNewAccountsNumbersThatTheStateDoesNotKnow) {
  EXPECT_EQ(account("debit"), "/v1/accounts/" + std::to_string(first_account));
  restart_knowing(store::Numbers{first_account + 41, 0});
  EXPECT_EQ(account("debit"), "/v1/accounts/" + std::to_string(first_account + 42));
  EXPECT_EQ(account("debit"), "/v1/accounts/" + std::to_string(first_account + 43));
  restart_knowing(store::Numbers{first_account + 42, 0});
  EXPECT_EQ(account("debit"), "/v1/accounts/" + std::to_string(first_account + 44));
}

TEST_F(Session, GivesNewControlsCountersThatTheStateDoesNotKnow) {
  const std::string controls = account("debit") + "/controls";
  restart_knowing(store::Numbers{0, first_counter + 41});
  const ApiAnswer created =
      post(controls, R"({"limit":{"measure":"amount","max":5000,"per":"day","zone":"UTC"}})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_GT(created.at("id").to_number<std::int64_t>(), first_account + 41);
  EXPECT_GT(std::stoll(sql("SELECT counter_id FROM authd.spend_control")), first_counter + 41);
}

TEST_F(Session, ServesNobodyBeforeItIsKnownWhatTheStateKnows) {
  restart_knowing(std::nullopt);
  const ApiAnswer answer = get("/v1/accounts");
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(answer.problem(), "unavailable");
  restart_knowing(store::Numbers{});
  EXPECT_EQ(get("/v1/accounts").status, 200);
}

// What it may do for good, its role may not undo.
TEST_F(Session, IsTheRoleOfTheApiThroughout) {
  restart_knowing(store::Numbers{first_account + 41, first_counter + 41});
  std::promise<std::string> role;
  const auto taken = pool().submit([&](core::Result<store::Connection*, store::PgError> session) {
    role.set_value(session ? query_text(**session, "SELECT current_user")
                           : session.error().message);
  });
  ASSERT_TRUE(taken);
  EXPECT_EQ(role.get_future().get(), "authd_api");
}

}  // namespace

}  // namespace authd::test
