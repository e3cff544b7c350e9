// Four processors at one daemon: who is believed, what events do to the account, and that one
// balance stands behind all cards.

#include "tests/e2e/four_processors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <ctime>
#include <optional>
#include <random>
#include <regex>
#include <thread>

#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/json_mutations.h"

namespace authd::test {
namespace {

namespace json = boost::json;

constexpr std::int64_t opening_minor = 1'000'00;

std::string card_of(std::string_view processor) { return std::string(processor) + "-card"; }

// An account of USD with a card at each processor, and one at the program `demo` to look with.
std::string openings() {
  std::string lines = account_line(1, opening_minor) + card_line("card-look", 1);
  for (const std::string_view processor : four_processors) {
    lines += card_line(card_of(processor), 1, processor);
  }
  return lines;
}

struct Balance {
  std::string posted;
  std::string available;
  friend bool operator==(const Balance&, const Balance&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Balance& balance) {
    return out << "posted " << balance.posted << ", available " << balance.available;
  }
};

class FourProcessors : public testing::Test {
 protected:
  void start(const std::string& more_openings = "") {
    const Finished loaded = site_.load(openings() + more_openings);
    ASSERT_EQ(loaded.code, 0) << loaded.err;
    start_again();
  }
  void start_again() {
    daemon_.emplace(site_);
    ASSERT_TRUE(daemon_->await_ready()) << daemon_->log();
  }
  void TearDown() override {
    if (daemon_) {
      EXPECT_EQ(daemon_->terminate(), 0) << daemon_->log();
    }
  }

  HttpAnswer ask(std::string_view processor, const std::string& body) const {
    return test::post_to(*daemon_, post_to(processor, "authorizations", body));
  }
  HttpAnswer tell(std::string_view processor, const std::string& body) const {
    return test::post_to(*daemon_, post_to(processor, "events", body));
  }

  // As an inquiry on a card of the account shows it.
  Balance balance() {
    const HttpAnswer answer = test::post_to(
        *daemon_, post(inquiry_body("look-" + std::to_string(++looks_), "card-look")));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return {text_after(answer.body, "\"ledger_balance\":"),
            text_after(answer.body, "\"available_balance\":")};
  }

  std::int64_t counted(const std::string& series) const {
    return std::max<std::int64_t>(0, daemon_->metric(series));
  }

  const Site site_{with_four_programs()};
  std::optional<Daemon> daemon_;

 private:
  static std::string text_after(const std::string& body, std::string_view key) {
    const std::size_t begin = body.find(key) + key.size();
    return body.substr(begin, body.find_first_of(",}", begin) - begin);
  }
  int looks_ = 0;
};

TEST_F(FourProcessors, AreBelievedWithEitherOfTheirSecrets) {
  start();
  for (const std::string_view processor : four_processors) {
    SCOPED_TRACE(processor);
    for (const bool old_secret : {false, true}) {
      const std::string message = std::string(processor) + (old_secret ? "-old" : "-new");
      const std::string body = question(processor, message, card_of(processor), 100);
      const HttpAnswer answer = test::post_to(
          *daemon_, post_to(processor, "authorizations", body,
                            proof(processor, "authorizations", body, {old_secret, 0})));
      EXPECT_TRUE(is_approved(processor, answer)) << answer;
      const std::string told = forced_post(processor, message + "-f", card_of(processor), 10);
      EXPECT_EQ(test::post_to(*daemon_, post_to(processor, "events", told,
                                                proof(processor, "events", told, {old_secret, 0}))),
                (HttpAnswer{200, R"({"events":1})"}));
    }
  }
  EXPECT_EQ(balance(), (Balance{"999.20", "991.20"}));
}

struct Stranger {
  std::string title;
  std::string lines;  // of the header
  std::string scheme;
  std::string fault;
};

std::string without(std::string lines, const std::string& field) {
  const std::size_t begin = lines.find(field + ":");
  EXPECT_NE(begin, std::string::npos) << field;
  return lines.erase(begin, lines.find("\r\n", begin) + 2 - begin);
}

// Everybody who is not the processor, on `endpoint`.
std::vector<Stranger> strangers(std::string_view processor, std::string_view endpoint,
                                const std::string& body) {
  const std::string right = proof(processor, endpoint, body);
  const std::string of_another_body = proof(processor, endpoint, body + " ");
  const std::int64_t now = std::time(nullptr);
  std::vector<Stranger> all;
  const bool is_timed = processor == "stripe" || processor == "lithic";
  if (is_timed) {
    const std::string scheme = processor == "stripe" ? "stripe_signature" : "standard_webhooks";
    all = {{"no proof", "", scheme, "missing"},
           {"another body", of_another_body, scheme, "mismatch"},
           {"stale", proof(processor, endpoint, body, {false, now - 400}), scheme, "stale"},
           {"ahead", proof(processor, endpoint, body, {false, now + 400}), scheme, "future"},
           {"the proof twice", right + right, scheme, "missing"},
           {"another's proof", proof("marqeta", "authorizations", body), scheme, "missing"}};
    if (processor == "lithic") {
      for (const std::string field : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
        all.push_back({"no " + field, without(right, field), scheme, "missing"});
      }
    }
    return all;
  }
  all = {{"no proof", "", "basic", "missing"},
         {"a wrong password", "Authorization: Basic aGVyb246d3Jvbmc=\r\n", "basic", "mismatch"},
         {"the password twice", right + "Authorization: Basic aGVyb246d3Jvbmc=\r\n", "basic",
          "missing"}};
  if (endpoint == "events") {
    const bool is_marqeta = processor == "marqeta";
    const std::string scheme = is_marqeta ? "marqeta_signature" : "adyen_hmac";
    const std::string field = is_marqeta ? "X-Marqeta-Signature" : "HmacSignature";
    all.push_back({"no signature", without(right, field), scheme, "missing"});
    all.push_back({"another body", of_another_body, scheme, "mismatch"});
    all.push_back({"no password", without(right, "Authorization"), "basic", "missing"});
    all.push_back({"no code", without(right, field) + field + ": x\r\n", scheme, "malformed"});
  }
  return all;
}

TEST_F(FourProcessors, AreNotBelievedWithoutTheirProof) {
  start();
  const std::int64_t journaled = daemon_->journaled_sequence();
  for (const std::string_view processor : four_processors) {
    for (const std::string endpoint : {"authorizations", "events"}) {
      const std::string body = endpoint == "events"
                                   ? forced_post(processor, "m", card_of(processor), 100)
                                   : question(processor, "m", card_of(processor), 100);
      for (const Stranger& stranger : strangers(processor, endpoint, body)) {
        SCOPED_TRACE(std::string(processor) + " " + endpoint + ": " + stranger.title);
        const std::string series =
            "authd_unauthenticated_total{endpoint=\"" + endpoint + "\",fault=\"" + stranger.fault +
            "\",program=\"" + std::string(processor) + "\",scheme=\"" + stranger.scheme + "\"}";
        const std::int64_t before = counted(series);
        EXPECT_EQ(test::post_to(*daemon_, post_to(processor, endpoint, body, stranger.lines)),
                  (HttpAnswer{401, R"({"error":"unauthorized"})"}));
        EXPECT_EQ(counted(series), before + 1);
      }
    }
  }
  EXPECT_EQ(daemon_->journaled_sequence(), journaled);
  EXPECT_EQ(balance(), (Balance{"1000.00", "1000.00"}));
}

TEST_F(FourProcessors, TellOfWhatIsDurableWhenItIsAnswered) {
  start();
  for (const std::string_view processor : four_processors) {
    const std::string body = forced_post(processor, "f", card_of(processor), 1'00);
    EXPECT_EQ(tell(processor, body), (HttpAnswer{200, R"({"events":1})"})) << processor;
  }
  daemon_->kill();
  start_again();
  EXPECT_EQ(balance(), (Balance{"996.00", "996.00"}));
  for (const std::string_view processor : four_processors) {
    const std::string body = forced_post(processor, "f", card_of(processor), 1'00);
    EXPECT_EQ(tell(processor, body), (HttpAnswer{200, R"({"events":1})"})) << processor;
    const std::string label = "program=\"" + std::string(processor) + "\"";
    EXPECT_EQ(daemon_->metric("authd_events_total{outcome=\"repeated\"," + label + "}"), 1);
    EXPECT_EQ(daemon_->metric("authd_events_total{outcome=\"booked\"," + label + "}"), 0);
  }
  EXPECT_EQ(balance(), (Balance{"996.00", "996.00"}));
}

TEST_F(FourProcessors, AreToldWhichEventsWereNotTakenAndTheRestIs) {
  start();
  const std::string good = forced_post("marqeta", "good", card_of("marqeta"), 1'00);
  const std::string bad = changed(
      good, {{"/transactions/0/token", R"("bad")"}, {"/transactions/0/state", R"("PERHAPS")"}});
  const std::string both = bad.substr(0, bad.rfind("]}")) + ',' + good.substr(good.find('[') + 1);
  const HttpAnswer half = tell("marqeta", both);
  EXPECT_EQ(half.status, 400);
  EXPECT_NE(half.body.find(R"("field":"transactions.[].state")"), std::string::npos) << half;
  EXPECT_EQ(daemon_->metric(R"(authd_bad_requests_total{program="marqeta"})"), 1);
  EXPECT_EQ(balance(), (Balance{"999.00", "999.00"}));

  const std::string other_money = forced_post("stripe", "f", card_of("stripe"), 1'00);
  EXPECT_EQ(tell("stripe", other_money).status, 200);
  const HttpAnswer conflict = tell("stripe", forced_post("stripe", "f", card_of("stripe"), 2'00));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_NE(conflict.body.find(R"("error":"event_refused")"), std::string::npos) << conflict;
  EXPECT_NE(conflict.body.find(R"("detail":"conflict")"), std::string::npos) << conflict;
  EXPECT_EQ(daemon_->metric(R"(authd_events_total{outcome="refused",program="stripe"})"), 1);

  const std::string euros = changed(other_money, {{"/id", R"("evt_e")"},
                                                  {"/data/object/id", R"("ipi_e")"},
                                                  {"/data/object/currency", R"("eur")"}});
  EXPECT_NE(tell("stripe", euros).body.find(R"("detail":"currency_mismatch")"), std::string::npos);
  EXPECT_EQ(balance(), (Balance{"998.00", "998.00"}));

  const std::string ping = R"({"pings":[{"token":"marqeta","payload":"healthcheck"}]})";
  EXPECT_EQ(tell("marqeta", ping), (HttpAnswer{200, R"({"events":0})"}));
}

// Where a body of the processor names the card.
std::string card_in(std::string_view processor, const json::value& asked) {
  if (processor == "marqeta") return asked.at("card_token").as_string().c_str();
  if (processor == "stripe") return asked.at_pointer("/data/object/card/id").as_string().c_str();
  if (processor == "lithic") return asked.at("card").at("token").as_string().c_str();
  return asked.at("paymentInstrument").at("id").as_string().c_str();
}

// The fixture's body in the currency of the account.
std::string in_dollars(const std::string& name) {
  return std::regex_replace(fixture_body(name), std::regex("\"EUR\""), "\"USD\"");
}

struct TimeOut {
  std::string_view processor;
  std::string question;
  std::vector<std::string> events;
};

TEST_F(FourProcessors, ReleaseWhatWasHeldForAnAnswerThatTheyHaveNotHeard) {
  const std::vector<TimeOut> time_outs{
      {"marqeta",
       "marqeta/q-gateway-timeout/01-gateway-authorization.json",
       {"marqeta/q-gateway-timeout/02-webhook-declined.json"}},
      {"stripe",
       "stripe/timeout-declined/01-gateway-request.json",
       {"stripe/timeout-declined/02-webhook-authorization-created.json"}},
      {"lithic",
       "lithic/asa-timeout/01-gateway-asa-request.json",
       {"lithic/asa-timeout/02-webhook-declined.json"}},
      {"adyen",
       "adyen/timeout-refused/01-gateway-relayed-request.json",
       {"adyen/timeout-refused/02-webhook-transfer-received.json",
        "adyen/timeout-refused/03-webhook-transfer-refused.json"}}};
  std::string lines;
  for (const auto& [processor, asked, told] : time_outs) {
    lines += card_line(card_in(processor, json::parse(fixture_body(asked))), 1, processor);
  }
  start(lines);
  for (const auto& [processor, asked, told] : time_outs) {
    SCOPED_TRACE(processor);
    const Balance before{"1000.00", "1000.00"};
    ASSERT_TRUE(is_approved(processor, ask(processor, in_dollars(asked))));
    EXPECT_NE(balance(), before);
    for (const std::string& event : told) EXPECT_EQ(tell(processor, in_dollars(event)).status, 200);
    EXPECT_EQ(balance(), before);
    EXPECT_EQ(daemon_->metric("authd_bookings_total{program=\"" + std::string(processor) +
                              "\",what=\"ghost\"}"),
              1);
  }
}

TEST_F(FourProcessors, AnswerWhateverABodyLacksOrHolds) {
  start();
  for (const auto& question :
       {std::pair("marqeta", "marqeta/t-avs-partial-approval/01-gateway-authorization.json"),
        std::pair("stripe", "stripe/partial-approval/01-gateway-request.json"),
        std::pair("lithic", "lithic/partial-approval/01-gateway-asa-request.json"),
        std::pair("adyen", "adyen/approve-capture/01-gateway-relayed-request.json")}) {
    const std::string processor = question.first;
    HttpClient client(daemon_->port());
    const std::string body = fixture_body(question.second);
    for (const std::string endpoint : {"authorizations", "events"}) {
      for_each_mutation(body, [&](const std::string& what, const std::string& mutated) {
        const auto answer = client.exchange(post_to(processor, endpoint, mutated));
        const std::vector<int> possible{200, 400, 402, 409};
        EXPECT_TRUE(answer && std::count(possible.begin(), possible.end(), answer->status) == 1)
            << processor << " " << endpoint << " " << what;
        EXPECT_NO_THROW(json::parse(answer.value_or(HttpAnswer{}).body)) << what;
        return !HasFailure();
      });
    }
    std::string longest = body;
    longest.resize(65'536, ' ');
    EXPECT_EQ(ask(processor, longest).status, ask(processor, body).status) << processor;
    EXPECT_EQ(ask(processor, longest + ' ').status, 413) << processor;
    EXPECT_EQ(tell(processor, longest + ' ').status, 413) << processor;
  }
}

// Each processor asks on two connections for more than there is.
TEST_F(FourProcessors, NeverOverspendTheOneAccountBehindTheirCards) {
  start();
  std::atomic<std::int64_t> approved_minor{0};
  std::atomic<int> declined{0};
  std::vector<std::thread> threads;
  for (const std::string_view processor : four_processors) {
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, processor, i] {
        HttpClient client(daemon_->port());
        std::mt19937 random(static_cast<unsigned>(i));
        for (int n = 0; n < 100; ++n) {
          const auto amount = static_cast<std::int64_t>(1 + random() % 4'00);
          const std::string message = "m-" + std::to_string(i) + "-" + std::to_string(n);
          const std::string body = question(processor, message, card_of(processor), amount);
          const auto answer = client.exchange(post_to(processor, "authorizations", body));
          ASSERT_TRUE(answer);
          is_approved(processor, *answer) ? approved_minor += amount : ++declined;
        }
      });
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(declined, 0);
  EXPECT_LE(approved_minor, opening_minor);
  EXPECT_GT(approved_minor, opening_minor - 4'00);  // what was declined last did not fit
  EXPECT_EQ(balance(), (Balance{"1000.00", major_units(opening_minor - approved_minor)}));
}

TEST_F(FourProcessors, CountTowardsTheSameLimitOfTheAccount) {
  start(R"({"control":{"id":7,"account":1,"limit":{"measure":"count","max":3,"per":"lifetime"}}})"
        "\n");
  for (const std::string_view processor : four_processors) {
    const std::string body = question(processor, "m", card_of(processor), 1'00);
    const bool is_fourth = processor == four_processors.back();
    EXPECT_EQ(is_approved(processor, ask(processor, body)), !is_fourth) << processor;
  }
  EXPECT_EQ(balance(), (Balance{"1000.00", "997.00"}));
}

class FourProcessorsWithLedger : public LedgerTest {};

TEST_F(FourProcessorsWithLedger, TellOfWhatTheLedgerHasWhereTheProgramWantsIt) {
  Site::Settings settings = with_four_programs({.conninfo = conninfo()});
  const std::string stripe = "id = \"stripe\"\n";
  settings.programs.insert(settings.programs.find(stripe), "durability = \"ledger\"\n");
  const Site site(settings);
  ASSERT_EQ(site.load(openings()).code, 0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  const std::string body = forced_post("stripe", "f", card_of("stripe"), 1'00);
  EXPECT_EQ(post_to(daemon, post_to("stripe", "events", body)).status, 200);
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT posted_minor FROM authd.balance WHERE account_id = 1"),
            std::to_string(opening_minor - 1'00));

  daemon.signal(SIGUSR1);  // the drain pauses
  ASSERT_TRUE(eventually([&] { return daemon.log().find("drain paused") != std::string::npos; }));
  const std::string next = forced_post("stripe", "g", card_of("stripe"), 1'00);
  EXPECT_EQ(post_to(daemon, post_to("stripe", "events", next)),
            (HttpAnswer{503, R"({"error":"not_in_ledger_yet"})"}));
  daemon.signal(SIGUSR2);
  EXPECT_TRUE(
      eventually([&] { return post_to(daemon, post_to("stripe", "events", next)).status == 200; }));
  EXPECT_EQ(found_by_audit(daemon), "");
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

}  // namespace
}  // namespace authd::test
