#include "tests/api/master_data.h"

namespace authd::test {

void MasterDataTest::SetUp() {
  ApiTest::SetUp();
  api::ApiOptions options;
  options.applied = [this](std::uint64_t transaction, net::Clock::time_point,
                           net::Mailbox&) -> net::Awaitable<bool> {
    ++waits_;
    transaction_ = transaction;
    const std::string status =
        sql("SELECT pg_xact_status('" + std::to_string(transaction) + "'::xid8)");
    if (status != "committed") ++uncommitted_;
    co_return applied_in_time.load();
  };
  restart(options);
}

std::string MasterDataTest::id_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string MasterDataTest::holder(const std::string& members) {
  const ApiAnswer answer = post("/v1/holders", members);
  EXPECT_EQ(answer.status, 201) << answer.body;
  return id_of(answer.field("location"));
}

std::string MasterDataTest::account(const std::string& program) {
  const ApiAnswer answer =
      post("/v1/accounts", R"({"currency":"EUR","program":")" + program + "\"}");
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.field("location");
}

std::string MasterDataTest::card(const std::string& token, const std::string& account,
                                 const std::string& program) {
  const ApiAnswer answer =
      post("/v1/cards", R"({"program":")" + program + R"(","token":")" + token + R"(","account":)" +
                            id_of(account) + R"(,"expires_at":"2031-01-01T00:00:00Z"})");
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.field("location");
}

ApiAnswer MasterDataTest::put(const std::string& target, const std::string& body,
                              const std::string& version) {
  return send("PUT", target, body, "If-Match: " + version + "\r\n");
}

ApiAnswer MasterDataTest::remove(const std::string& target, const std::string& version) {
  return send("DELETE", target, "", version.empty() ? "" : "If-Match: " + version + "\r\n");
}

std::string MasterDataTest::sql(const std::string& statement) {
  auto connection = connect();
  return query_text(connection, statement);
}

int MasterDataTest::waited() {
  EXPECT_EQ(uncommitted_, 0);
  return waits_.exchange(0);
}

bool MasterDataTest::waited_for_row_of(const std::string& table) {
  return sql("SELECT max(xmin::text::bigint) = " + std::to_string(transaction_) + " FROM authd." +
             table) == "t";
}

}  // namespace authd::test
