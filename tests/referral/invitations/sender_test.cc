// What is sent, how often, and what becomes of it.

#include "authd/referral/invitations/sender.h"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "authd/referral/invitations/queue.h"
#include "tests/referral/invitations/sender_fixture.h"

namespace authd::referral {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::query;
using test::query_text;
using test::TestGateway;
using Then = TestGateway::Told::Then;

class InvitationSender : public test::SenderTest {};

TEST_F(InvitationSender, HandsMessagesToTheGateway) {
  TestGateway gateway;
  const auto id = invite(1, "Thandi \"T\" invites you\n\\o/ 😀");
  const auto sender = start(gateway);
  ASSERT_TRUE(becomes(id, "3"));
  EXPECT_EQ(column(id, "gateway_id"), "gateway-authd-" + std::to_string(id));
  EXPECT_EQ(column(id, "attempts"), "1");
  ASSERT_EQ(gateway.count(), 1U);
  const auto asked = gateway.asked()[0];
  EXPECT_EQ(asked.target, "/v1/messages?from=authd");
  EXPECT_EQ(asked.body, R"({"to":"+27821000001","text":"Thandi \"T\" invites you\n\\o/ 😀"})");
  ASSERT_TRUE(eventually([&] { return sender->status().sent == 1; }));
  const SenderStatus status = sender->status();
  EXPECT_EQ(status.last_error, "");
  EXPECT_EQ(status.failed + status.retried, 0U);
  EXPECT_TRUE(status.since_success);
}

// A server of plain bytes, which takes one request.
std::string bytes_of_one_request(boost::asio::ip::tcp::acceptor& acceptor) {
  boost::asio::ip::tcp::socket socket = acceptor.accept();
  std::string bytes;
  const std::string_view end = "}";
  boost::asio::read_until(socket, boost::asio::dynamic_buffer(bytes), std::string(end));
  boost::asio::write(socket, boost::asio::buffer(std::string("HTTP/1.1 204 No Content\r\n\r\n")));
  return bytes;
}

TEST_F(InvitationSender, SendsExactlyTheseBytes) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string host = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  GatewaySettings settings = TestGateway().settings();
  settings.url = "http://" + host + "/send";
  const auto id = invite(1, "Hello");
  const auto sender = start(options(settings));
  const std::string bytes = bytes_of_one_request(acceptor);
  EXPECT_EQ(bytes, "POST /send HTTP/1.1\r\nHost: " + host +
                       "\r\nUser-Agent: authd\r\nContent-Type: application/json\r\n"
                       "Authorization: Bearer s3cret\r\nX-Id: authd-" +
                       std::to_string(id) +
                       "\r\nContent-Length: 36\r\n\r\n"
                       R"({"to":"+27821000001","text":"Hello"})");
  EXPECT_TRUE(becomes(id, "3"));
  EXPECT_EQ(column(id, "gateway_id"), "");
}

TEST_F(InvitationSender, KeepsItsConnections) {
  TestGateway gateway;
  for (int i = 0; i < 100; ++i) invite(i);
  const auto sender = start(gateway);
  ASSERT_TRUE(eventually([&] { return sender->status().sent == 100; }));
  EXPECT_LE(gateway.connections(), 8);
  EXPECT_EQ(gateway.times_by_id().size(), 100U);
  EXPECT_EQ(gateway.count(), 100U);
  EXPECT_TRUE(eventually([&] { return sender->status().queued == 0; }));
}

TEST_F(InvitationSender, TakesEachMessageOnceBesideOthers) {
  TestGateway gateway;
  for (int i = 0; i < 300; ++i) invite(i);
  const auto one = start(gateway);
  const auto two = start(gateway);
  ASSERT_TRUE(eventually([&] { return one->status().sent + two->status().sent == 300; }));
  EXPECT_EQ(gateway.times_by_id().size(), 300U);
  EXPECT_EQ(gateway.count(), 300U);
  EXPECT_GT(one->status().sent, 0U);
  EXPECT_GT(two->status().sent, 0U);
}

TEST_F(InvitationSender, LooksAtOnceWhenItIsWoken) {
  TestGateway gateway;
  auto slow = options(gateway.settings());
  slow.look_every = 1h;
  const auto sender = start(slow);
  ASSERT_TRUE(becomes(invite(), "1"));
  const auto id = invite(2);
  sender->wake();
  EXPECT_TRUE(becomes(id, "3"));
}

TEST_F(InvitationSender, SendsNoFasterThanItMay) {
  TestGateway gateway;
  for (int i = 0; i < 30; ++i) invite(i);
  std::atomic<std::int64_t> clock_ms = 1'000'000;
  GatewaySettings settings = gateway.settings();
  settings.per_second = 10;
  auto limited = options(settings);
  limited.now = [&clock_ms] { return net::Clock::time_point(std::chrono::milliseconds(clock_ms)); };
  const auto sender = start(limited);
  ASSERT_TRUE(eventually([&] { return sender->status().sent == 1; }));
  for (std::uint64_t sent = 1; sent <= 20; ++sent) {
    // Looks go on meanwhile, as the count of the queue shows.
    invite(1'000 + static_cast<int>(sent));
    const auto queued = static_cast<std::int64_t>(30);
    ASSERT_TRUE(eventually([&] { return sender->status().queued == queued; }));
    ASSERT_EQ(gateway.count(), sent);
    clock_ms += 99;
    sender->wake();
    ASSERT_TRUE(eventually([&] { return sender->status().queued == queued; }));
    ASSERT_EQ(gateway.count(), sent);
    clock_ms += 1;
    sender->wake();
    ASSERT_TRUE(eventually([&] { return sender->status().sent == sent + 1; }));
  }
}

TEST_F(InvitationSender, TriesAgainWhatMayPass) {
  for (const int status : {408, 425, 429, 500, 503}) {
    TestGateway gateway([status](const auto&) { return TestGateway::status(status); });
    const auto id = invite(status);
    const auto sender = start(gateway);
    ASSERT_TRUE(has_attempts(id, "1")) << status;
    EXPECT_EQ(state(id), "1");
    EXPECT_EQ(column(id, "error"), "the gateway answered " + std::to_string(status));
    EXPECT_EQ(column(id, "next_at BETWEEN now() + interval '10 s' AND now() + interval '30 s'"),
              "t");
    EXPECT_TRUE(eventually([&] { return sender->status().retried == 1; }));
    sender->stop();
    query(ledger(), "UPDATE authd.referral_invitation SET state = 6");
  }
}

TEST_F(InvitationSender, GivesUpWhatTheGatewayRefuses) {
  for (const int status : {302, 400, 401, 404, 422}) {
    TestGateway gateway(
        [status](const auto&) { return TestGateway::status(status, "Location", "/elsewhere"); });
    const auto id = invite(status);
    const auto sender = start(gateway);
    ASSERT_TRUE(becomes(id, "5")) << status;
    EXPECT_EQ(column(id, "error"), "the gateway answered " + std::to_string(status));
    EXPECT_EQ(gateway.count(), 1U);  // a redirect is not followed
    EXPECT_TRUE(eventually([&] { return sender->status().failed == 1; }));
  }
}

TEST_F(InvitationSender, HeedsRetryAfter) {
  TestGateway gateway([](const auto&) { return TestGateway::status(429, "Retry-After", "7200"); });
  const auto id = invite();
  const auto sender = start(gateway);
  ASSERT_TRUE(has_attempts(id, "1"));
  EXPECT_EQ(column(id, "next_at BETWEEN now() + interval '7100 s' AND now() + interval '7200 s'"),
            "t");
}

TEST_F(InvitationSender, GivesUpAfterSoManyAttempts) {
  TestGateway gateway([](const auto&) { return TestGateway::status(503); });
  const auto id = invite();
  const auto sender = start(gateway);
  for (const char* const attempts : {"1", "2"}) {
    ASSERT_TRUE(has_attempts(id, attempts));
    EXPECT_EQ(state(id), "1");
    make_due(id);
  }
  ASSERT_TRUE(becomes(id, "5"));
  EXPECT_EQ(column(id, "attempts"), "3");
  EXPECT_EQ(column(id, "error"), "attempt 3: the gateway answered 503");
  EXPECT_EQ(gateway.times_by_id(),
            (std::map<std::string, int>{{"authd-" + std::to_string(id), 3}}));
}

TEST_F(InvitationSender, SendsToNobodyWhoWantsNone) {
  TestGateway gateway;
  const auto unwanted = invite(1);
  store::Connection api = api_connection();
  ASSERT_TRUE(opt_out(api, "demo", test::phone(1), "console"));
  const auto later = invite(1);
  const auto other = invite(2);
  const auto sender = start(gateway);
  ASSERT_TRUE(becomes(other, "3"));
  ASSERT_TRUE(becomes(later, "7"));
  EXPECT_EQ(state(unwanted), "7");
  EXPECT_EQ(gateway.count(), 1U);
}

TEST_F(InvitationSender, ForgetsNumbersAndTexts) {
  TestGateway gateway;
  const auto id = invite();
  query(ledger(),
        "UPDATE authd.referral_invitation SET state = 4, ended_at = now() - interval '1 year'");
  const auto sender = start(gateway);
  EXPECT_TRUE(eventually([&] { return column(id, "phone IS NULL AND body IS NULL") == "t"; }));
}

TEST_F(InvitationSender, DoesNotStartWithWrongSettings) {
  GatewaySettings settings = TestGateway().settings();
  settings.body = "{}";
  const auto sender = Sender::start(options(settings));
  ASSERT_FALSE(sender);
  EXPECT_EQ(sender.error(), "body: {phone} is missing");
  settings = TestGateway().settings();
  settings.url = "https://localhost";
  settings.ca = "/absent.pem";
  const auto without = Sender::start(options(settings));
  ASSERT_FALSE(without);
  EXPECT_TRUE(without.error().starts_with("/absent.pem")) << without.error();
}

}  // namespace
}  // namespace authd::referral
