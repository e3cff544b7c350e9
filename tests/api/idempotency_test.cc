#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "tests/api/api_fixture.h"

namespace authd::test {

namespace {

class Idempotency : public ApiTest {
 protected:
  ApiAnswer create(const std::string& key, const std::string& body,
                   const std::string& fields = "") {
    return post("/v1/holders", body, fields + "Idempotency-Key: " + key + "\r\n");
  }
  std::string holders() {
    auto connection = connect();
    return query_text(connection, "SELECT count(*) FROM authd.holder");
  }
};

TEST_F(Idempotency, TheSameRequestGetsTheSameAnswerAndDoesNothing) {
  const ApiAnswer first = create("k", R"({"program":"a","reference":"r"})");
  ASSERT_EQ(first.status, 201);
  ASSERT_EQ(patch(first.field("location"), R"({"reference":"s"})", "\"1\"").status, 200);
  const ApiAnswer again = create("k", R"({"program":"a","reference":"r"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("etag"), first.field("etag"));
  EXPECT_EQ(again.field("location"), first.field("location"));
  EXPECT_EQ(holders(), "1");
}

TEST_F(Idempotency, AnotherRequestWithTheSameKeyIsRefused) {
  ASSERT_EQ(create("k", R"({"program":"a"})").status, 201);
  const ApiAnswer other = create("k", R"({"program":"b"})");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.problem(), "idempotency-key-reused");
  EXPECT_EQ(holders(), "1");
}

TEST_F(Idempotency, WhatWasRefusedIsJudgedAgain) {
  ASSERT_EQ(create("k", R"({"program":""})").status, 422);
  EXPECT_EQ(create("k", R"({"program":"a"})").status, 201);
}

TEST_F(Idempotency, KeysOfAnotherProgramAreOtherKeys) {
  const std::string a = key("a", all_scopes());
  const std::string b = key("b", all_scopes());
  EXPECT_EQ(create("k", "{}", a).text("program"), "a");
  EXPECT_EQ(create("k", "{}", b).text("program"), "b");
  EXPECT_EQ(create("k", "{}", a).text("program"), "a");
  EXPECT_EQ(holders(), "2");
}

TEST_F(Idempotency, TheFirstIsNotWaitedFor) {
  auto connection = connect();
  query(connection, "BEGIN");
  query(connection,
        "SELECT pg_advisory_xact_lock(hashtextextended('idempotency ' || '' || ' ' || 'k', 1))");
  const ApiAnswer meanwhile = create("k", R"({"program":"a"})");
  EXPECT_EQ(meanwhile.status, 409);
  EXPECT_EQ(meanwhile.problem(), "idempotency-key-in-use");
  query(connection, "COMMIT");
  EXPECT_EQ(create("k", R"({"program":"a"})").status, 201);
}

TEST_F(Idempotency, OfManyAtTheSameTimeOneDoesIt) {
  constexpr int many = 8;
  const std::string own = key("", all_scopes());
  std::latch begin(many);
  std::vector<int> statuses(many);
  std::vector<std::thread> threads;
  for (int i = 0; i < many; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      net::Peer peer(port());
      peer.send(net::request("POST", "/v1/holders", R"({"program":"a"})",
                             own + "Idempotency-Key: k\r\nContent-Type: application/json\r\n"));
      const auto answer = peer.receive();
      statuses[static_cast<std::size_t>(i)] = answer ? answer->status : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int status : statuses) EXPECT_TRUE(status == 201 || status == 409) << status;
  EXPECT_EQ(holders(), "1");
}

TEST_F(Idempotency, EveryPostNeedsAKey) {
  for (const std::string& field : {std::string("Content-Type: application/json\r\n"),
                                   "Idempotency-Key: " + std::string(65, 'x') + "\r\n",
                                   std::string("Idempotency-Key: a b\r\n")}) {
    const ApiAnswer refused = send("POST", "/v1/holders", R"({"program":"a"})", field);
    EXPECT_EQ(refused.status, 400) << field;
    EXPECT_EQ(refused.problem(), "invalid-request");
  }
  EXPECT_EQ(create(std::string(64, '~'), R"({"program":"a"})").status, 201);
  EXPECT_EQ(holders(), "1");
}

}  // namespace

}  // namespace authd::test
