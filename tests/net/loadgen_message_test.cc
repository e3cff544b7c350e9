#include "bench/loadgen_message.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "authd/net/http_head.h"

namespace authd::bench {
namespace {

MessageOptions options() {
  MessageOptions options;
  options.host = "localhost:8080";
  options.path = "/programs/demo/authorizations";
  options.user = "gateway";
  options.password = "secret";
  return options;
}

// The text after the first `key` up to the next comma or quote.
std::string value_of(std::string_view message, std::string_view key) {
  const std::size_t begin = message.find(key) + key.size();
  return std::string(message.substr(begin, message.find_first_of(",\"", begin) - begin));
}

TEST(AuthorizationMessages, PassTheHeaderGate) {
  AuthorizationMessages messages(options());
  const std::string_view message = messages.next();
  const std::size_t head_size = net::find_head_end(message, 0);
  const auto head = net::parse_head(message.substr(0, head_size), net::HeadRules{});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method(), net::Method::post);
  EXPECT_EQ(head->target(), "/programs/demo/authorizations");
  EXPECT_EQ(head->field("Host"), "localhost:8080");
  EXPECT_EQ(head->field("Authorization"), "Basic Z2F0ZXdheTpzZWNyZXQ=");
  EXPECT_EQ(head->content_length(), message.size() - head_size);
}

TEST(AuthorizationMessages, HaveTokensOfTheirOwn) {
  AuthorizationMessages messages(options());
  std::set<std::string> tokens;
  for (int i = 0; i < 1'000; ++i) {
    const std::string message(messages.next());
    tokens.insert(value_of(message, "\n  \"token\": \""));
    tokens.insert(value_of(message, "\"jit_funding\": {\n      \"token\": \""));
  }
  EXPECT_EQ(tokens.size(), 2'000U);
  for (const std::string& token : tokens) EXPECT_EQ(token.size(), 36U);
}

TEST(AuthorizationMessages, UseEveryCardAndNoOther) {
  MessageOptions three = options();
  three.card_prefix = "c-";
  three.first_card = 7;
  three.cards = 3;
  AuthorizationMessages messages(three);
  std::set<std::string> cards;
  for (int i = 0; i < 200; ++i) cards.insert(value_of(messages.next(), "\"card_token\": \""));
  EXPECT_EQ(cards, (std::set<std::string>{"c-00000007", "c-00000008", "c-00000009"}));
}

TEST(AuthorizationMessages, AskForOneAmountThroughout) {
  AuthorizationMessages messages(options());
  std::set<std::string> amounts;
  for (int i = 0; i < 200; ++i) {
    const std::string message(messages.next());
    const std::string amount = value_of(message, "\"request_amount\": ");
    EXPECT_EQ(value_of(message, "\n  \"amount\": "), amount);
    EXPECT_EQ(value_of(message, "\"funding\": {\n      \"amount\": "), amount);
    EXPECT_GE(amount, "1.00");
    EXPECT_LE(amount, "9.99");
    amounts.insert(amount);
  }
  EXPECT_GT(amounts.size(), 50U);
}

TEST(AuthorizationMessages, RepeatWithTheirSeed) {
  AuthorizationMessages first(options()), second(options());
  MessageOptions other_seed = options();
  other_seed.seed = 2;
  AuthorizationMessages other(other_seed);
  const std::string message(first.next());
  EXPECT_EQ(second.next(), message);
  EXPECT_NE(other.next(), message);
}

}  // namespace
}  // namespace authd::bench
