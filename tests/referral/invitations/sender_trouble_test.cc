// What goes wrong between a sender, its gateway and PostgreSQL.

#include "authd/referral/invitations/queue.h"
#include "authd/referral/invitations/sender.h"
#include "tests/referral/invitations/sender_fixture.h"

namespace authd::referral {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::query;
using test::query_text;
using test::TestGateway;
using Then = TestGateway::Told::Then;

class TroubledSender : public test::SenderTest {
 protected:
  bool has_error(const Sender& sender, const std::string& text) {
    return eventually([&] { return sender.status().last_error.find(text) != std::string::npos; });
  }
};

TestGateway::Told told(Then then) {
  TestGateway::Told told;
  told.then = then;
  return told;
}

TEST_F(TroubledSender, WaitsForAnAnswerOnlySoLong) {
  TestGateway gateway([](const auto&) { return told(Then::never_answer); });
  GatewaySettings settings = gateway.settings();
  settings.timeout = 100ms;
  const auto id = invite();
  const auto sender = start(options(settings));
  ASSERT_TRUE(has_attempts(id, "1"));
  EXPECT_EQ(state(id), "1");
  EXPECT_EQ(column(id, "error"), "no answer in time");
}

TEST_F(TroubledSender, TriesAgainWhenTheGatewayHangsUp) {
  TestGateway gateway([](const auto&) { return told(Then::close_unanswered); });
  const auto id = invite();
  const auto sender = start(gateway);
  ASSERT_TRUE(has_attempts(id, "1"));
  EXPECT_EQ(column(id, "error"), "the server has closed the connection");
  EXPECT_EQ(gateway.count(), 1U);
}

TEST_F(TroubledSender, ReadsNoMoreOfAnAnswerThan64KiB) {
  TestGateway gateway([](const auto& asked) {
    TestGateway::Told answer;
    const bool is_first = asked.body.find(test::phone(1)) != std::string::npos;
    answer.status = is_first ? 200 : 503;
    answer.body = R"({"message":{"id":"m"},"x":")" + std::string(65'536, 'x') + "\"}";
    return answer;
  });
  const auto taken = invite(1);
  const auto not_taken = invite(2);
  const auto sender = start(gateway);
  ASSERT_TRUE(becomes(taken, "3"));  // its status says so; it must not be sent again
  EXPECT_EQ(column(taken, "gateway_id"), "");
  ASSERT_TRUE(has_attempts(not_taken, "1"));
  EXPECT_EQ(column(not_taken, "error"), "the gateway answered 503");
}

TEST_F(TroubledSender, ReadsAnAnswerOf64KiB) {
  const std::string begin = R"({"message":{"id":"m"},"x":")";
  TestGateway gateway([begin](const auto&) {
    TestGateway::Told answer;
    answer.body = begin + std::string(65'536 - begin.size() - 2, 'x') + "\"}";
    return answer;
  });
  const auto id = invite();
  const auto sender = start(gateway);
  ASSERT_TRUE(becomes(id, "3"));
  EXPECT_EQ(column(id, "gateway_id"), "m");
}

TEST_F(TroubledSender, ConnectsToPublicAddressesAlone) {
  TestGateway gateway;
  const auto id = invite();
  for (const char* const host : {"127.0.0.1", "localhost", "0.0.0.0", "2130706433", "127.1"}) {
    GatewaySettings settings = gateway.settings();
    settings.allow_private = false;
    settings.url.replace(settings.url.find("127.0.0.1"), 9, host);
    const auto sender = start(options(settings));
    EXPECT_TRUE(has_error(*sender, "the server's address is not allowed")) << host;
    sender->stop();
    EXPECT_EQ(gateway.connections(), 0) << host;
    EXPECT_TRUE(has_attempts(id, "0"));
  }
  const auto allowed = start(gateway);
  EXPECT_TRUE(becomes(id, "3"));
}

TEST_F(TroubledSender, SpendsNoAttemptsOnAGatewayThatIsAway) {
  GatewaySettings settings;
  {
    TestGateway gone;
    settings = gone.settings();
  }
  for (int i = 0; i < 30; ++i) invite(i);
  const auto sender = start(options(settings));
  ASSERT_TRUE(has_error(*sender, "cannot connect: Connection refused"));
  ASSERT_TRUE(eventually([&] {
    return query_text(ledger(),
                      "SELECT count(*) FROM authd.referral_invitation"
                      " WHERE state = 1 AND attempts = 0") == "30";
  }));
  EXPECT_EQ(sender->status().retried, 0U);
  EXPECT_EQ(sender->status().failed, 0U);
}

TEST_F(TroubledSender, GoesOnWhenTheGatewayIsBack) {
  auto gateway = std::make_unique<TestGateway>();
  const std::uint16_t port = gateway->port();
  const auto sender = start(*gateway);
  ASSERT_TRUE(becomes(invite(1), "3"));
  gateway.reset();
  const auto id = invite(2);
  ASSERT_TRUE(has_error(*sender, "cannot connect"));
  gateway = std::make_unique<TestGateway>(TestGateway::Answer(), std::nullopt, port);
  EXPECT_TRUE(becomes(id, "3"));
  EXPECT_EQ(column(id, "attempts"), "1");
  EXPECT_TRUE(eventually([&] { return sender->status().last_error.empty(); }));
}

TEST_F(TroubledSender, TriesOneMessageAtATimeWhenNothingSucceeds) {
  std::atomic<bool> is_well = false;
  TestGateway gateway([&is_well](const auto&) { return TestGateway::status(is_well ? 200 : 503); });
  for (int i = 0; i < 40; ++i) invite(i);
  auto patient = options(gateway.settings());
  patient.pause_min = 1h;
  patient.pause_max = 1h;
  auto sender = start(patient);
  ASSERT_TRUE(eventually([&] { return sender->status().retried >= 8; }));
  ASSERT_TRUE(eventually([&] { return sender->status().queued == 40; }));
  EXPECT_LE(gateway.count(), 15U);  // what was under way when the eighth came to nothing
  sender->stop();
  is_well = true;
  sender = start(gateway);
  EXPECT_TRUE(eventually([&] { return sender->status().sent >= 25; }));
}

// The process dies between the two: it hears no answer and records nothing.
TEST_F(TroubledSender, SendsAgainWithTheSameIdWhatWasNotRecorded) {
  std::atomic<int> asked = 0;
  TestGateway gateway(
      [&asked](const auto&) { return told(++asked == 1 ? Then::never_answer : Then::keep_alive); });
  const auto id = invite();
  auto hasty = options(gateway.settings());
  hasty.stop_within = 10ms;
  auto sender = start(hasty);
  ASSERT_TRUE(eventually([&] { return asked == 1; }));
  sender->stop();
  sender = start(gateway);
  ASSERT_TRUE(becomes(invite(2), "3"));
  EXPECT_EQ(state(id), "2");  // the lease holds
  EXPECT_EQ(gateway.times_by_id()["authd-" + std::to_string(id)], 1);
  make_due(id);
  ASSERT_TRUE(becomes(id, "3"));
  EXPECT_EQ(gateway.times_by_id()["authd-" + std::to_string(id)], 2);
  EXPECT_EQ(column(id, "attempts"), "2");
}

TEST_F(TroubledSender, RecordsWhatWasSentWhenPostgreSqlIsBack) {
  std::atomic<int> asked = 0;
  TestGateway gateway([&](const auto&) {
    store::Connection connection = connect();
    if (++asked == 1) {
      query(connection,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'sender'");
    }
    return TestGateway::status(200);
  });
  const auto id = invite();
  auto named = options(gateway.settings());
  named.connection.application_name = "sender";
  const auto sender = start(named);
  ASSERT_TRUE(becomes(id, "3"));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(column(id, "attempts"), "1");
}

TEST_F(TroubledSender, WaitsForPostgreSql) {
  TestGateway gateway;
  const auto id = invite();
  auto elsewhere = options(gateway.settings());
  elsewhere.connection.conninfo = test::Cluster::conninfo("absent");
  const auto lost = start(elsewhere);
  EXPECT_TRUE(has_error(*lost, "PostgreSQL: "));
  EXPECT_EQ(state(id), "1");
}

TEST_F(TroubledSender, KeepsADeliveryThatWasHeardOfFirst) {
  TestGateway gateway([this](const auto& asked) {
    store::Connection api = api_connection();
    EXPECT_TRUE(*receipt(api, TestGateway::id_of(asked), Receipt::delivered, ""));
    return TestGateway::status(200);
  });
  const auto id = invite();
  const auto sender = start(gateway);
  ASSERT_TRUE(eventually([&] { return sender->status().sent == 1; }));
  EXPECT_EQ(state(id), "4");
  EXPECT_NE(column(id, "sent_at"), "");
}

TEST_F(TroubledSender, NeverShowsNumbersTextsOrHeaders) {
  TestGateway gateway([](const auto&) {
    auto answer = TestGateway::status(400);
    answer.body = test::phone(1) + " s3cret Hello";
    return answer;
  });
  const auto id = invite();
  testing::internal::CaptureStdout();
  const auto sender = start(gateway);
  ASSERT_TRUE(becomes(id, "5"));
  sender->stop();
  const std::string shown =
      testing::internal::GetCapturedStdout() + sender->status().last_error + column(id, "error");
  EXPECT_NE(shown.find("invitations: the gateway answered 400"), std::string::npos);
  for (const std::string& secret : {test::phone(1), std::string("s3cret"), std::string("Hello")}) {
    EXPECT_EQ(shown.find(secret), std::string::npos) << shown;
  }
}

TEST_F(TroubledSender, StopsWhileTheGatewayHangs) {
  TestGateway gateway([](const auto&) { return told(Then::never_answer); });
  GatewaySettings settings = gateway.settings();
  settings.timeout = 1h;
  invite();
  auto hasty = options(settings);
  hasty.stop_within = 10ms;
  const auto sender = start(hasty);
  ASSERT_TRUE(eventually([&] { return gateway.count() == 1; }));
  sender->stop();
  sender->stop();
}

}  // namespace
}  // namespace authd::referral
