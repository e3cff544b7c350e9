// Many clients move money among many wallets while PostgreSQL is restarted and the daemon is killed
// under them: every answer must be true in the ledger, once, and no money may appear or vanish.
//
// AUTHD_TEST_SECONDS says for how long (12); AUTHD_TEST_SEED repeats amounts and moments.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <map>
#include <random>
#include <thread>

#include "tests/e2e/daemon.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"
#include "tests/e2e/wallet_client.h"
#include "tests/postgres/cluster.h"

namespace authd::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int wallets = 100;
constexpr std::int64_t opening_minor = 10'000;
constexpr int clients = 16;
constexpr std::chrono::seconds answer_deadline{
    60};  // for one request, all its repetitions included

struct Wanted {
  std::string key;  // and the transfer's reference
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t amount_minor = 0;
  bool acknowledged = false;  // otherwise declined
  std::string id;             // of the transfer, as the answer has it
  std::string said;           // what every further answer must say as well
};

// What an answer says about the transfer, without what is different in each problem document.
struct Said {
  enum class Kind { acknowledged, declined, unknown_yet, wrong } kind = Kind::wrong;
  std::string id;
  std::string text;
};

std::string text_of(const boost::json::object& object, std::string_view member) {
  const auto* const value = object.if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

Said understood(const HttpAnswer& answer) {
  using enum Said::Kind;
  if (answer.status == 0 || answer.status == 503) return {unknown_yet, "", ""};
  const auto object = object_of(answer);
  if (answer.status == 201) return {acknowledged, text_of(object, "id"), answer.body};
  if (answer.status != 409) return {wrong, "", answer.body};
  const std::string type = text_of(object, "type");
  if (type.ends_with("/idempotency-key-in-use")) return {unknown_yet, "", ""};
  if (!type.ends_with("/declined")) return {wrong, "", answer.body};
  const auto& transfer = object.at("transfer").as_object();
  return {declined, text_of(transfer, "id"), boost::json::serialize(transfer)};
}

class Mover {
 public:
  Mover(int number, std::uint64_t seed, std::string key)
      : number_(number), random_(seed), client_(0, std::move(key)) {}

  // Until `stop`; the last request is repeated until it is answered all the same.
  void run(const std::atomic<std::uint16_t>& port, const std::atomic<bool>& stop) {
    while (!stop && wrong_.empty()) {
      const bool again = !wanted_.empty() && below(8) == 0;
      again ? repeat(wanted_[wanted_.size() - 1 - below(wanted_.size())], port) : begin(port);
    }
  }

  const std::vector<Wanted>& wanted() const noexcept { return wanted_; }
  const std::vector<std::string>& wrong() const noexcept { return wrong_; }
  const std::vector<Clock::duration>& latencies() const noexcept { return latencies_; }
  std::int64_t retried() const noexcept { return retried_; }
  std::int64_t repeated() const noexcept { return repeated_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void begin(const std::atomic<std::uint16_t>& port) {
    Wanted wanted;
    wanted.key = "c" + std::to_string(number_) + "-" + std::to_string(wanted_.size());
    wanted.from = static_cast<std::int64_t>(1 + below(wallets));
    wanted.to = 1 + (wanted.from + static_cast<std::int64_t>(below(wallets - 1))) % wallets;
    // Mostly a part of what was there, at times more than all wallets hold together.
    wanted.amount_minor = below(20) == 0 ? 2 * wallets * opening_minor
                                         : static_cast<std::int64_t>(1 + below(opening_minor));
    const Said said = ask(wanted, port);
    wanted.acknowledged = said.kind == Said::Kind::acknowledged;
    wanted.id = said.id;
    wanted.said = said.text;
    wanted_.push_back(std::move(wanted));
  }

  // The same request once more: the same answer. Sometimes with another amount: refused.
  void repeat(const Wanted& wanted, const std::atomic<std::uint16_t>& port) {
    if (below(4) == 0) {
      Wanted other = wanted;
      other.amount_minor += 1;
      const HttpAnswer answer = post(other, port);
      const bool refused = answer.status == 0 || answer.status == 503 || answer.status == 422;
      if (!refused) wrong_.push_back(wanted.key + " with another amount: " + answer.body);
      return;
    }
    const Said said = ask(wanted, port);
    repeated_ += 1;
    if (said.text != wanted.said) {
      wrong_.push_back(wanted.key + ": " + wanted.said + ", then " + said.text);
    }
  }

  // Asks until there is an answer that says what became of it.
  Said ask(const Wanted& wanted, const std::atomic<std::uint16_t>& port) {
    const auto begun = Clock::now();
    while (Clock::now() < begun + answer_deadline) {
      const auto asked = Clock::now();
      const HttpAnswer answer = post(wanted, port);
      Said said = understood(answer);
      if (said.kind == Said::Kind::wrong) {
        wrong_.push_back(wanted.key + ": " + std::to_string(answer.status) + " " + answer.body);
      }
      if (said.kind != Said::Kind::unknown_yet) {
        latencies_.push_back(Clock::now() - asked);
        return said;
      }
      retried_ += 1;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // nobody may be there
    }
    wrong_.push_back(wanted.key + " is never answered");
    return {};
  }

  HttpAnswer post(const Wanted& wanted, const std::atomic<std::uint16_t>& port) {
    if (const std::uint16_t now = port; now != port_) client_.move_to(port_ = now);
    return client_.post("/v1/transfers",
                        R"({"from":)" + std::to_string(wanted.from) + R"(,"to":)" +
                            std::to_string(wanted.to) + R"(,"amount":)" +
                            amount_json(wanted.amount_minor) + R"(,"reference":")" + wanted.key +
                            "\"}",
                        wanted.key);
  }

  const int number_;
  std::mt19937_64 random_;
  WalletClient client_;
  std::uint16_t port_ = 0;
  std::vector<Wanted> wanted_;
  std::vector<std::string> wrong_;
  std::vector<Clock::duration> latencies_;  // of answers, the attempts before them left out
  std::int64_t retried_ = 0;                // attempts without an answer
  std::int64_t repeated_ = 0;               // on purpose, and answered
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const given = std::getenv(variable);
  return given != nullptr ? std::stoull(given) : otherwise;
}

class WalletLoad : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    site_.emplace(Site::Settings{.conninfo = conninfo(), .api = true});
    std::string openings;
    for (int i = 1; i <= wallets; ++i) {
      openings += account_line(i, opening_minor) + card_line("card-" + std::to_string(i), i);
    }
    const Finished loaded = site_->load(openings);
    ASSERT_EQ(loaded.code, 0) << loaded.err;
    const std::uint64_t seed = number_from("AUTHD_TEST_SEED", std::random_device()());
    std::printf("seed %llu; AUTHD_TEST_SEED repeats it\n", static_cast<unsigned long long>(seed));
    random_.seed(seed);
    const std::string key = create_api_key(*site_, "demo");
    for (int i = 0; i < clients; ++i) movers_.emplace_back(i, random_(), key);
  }
  void TearDown() override {
    Cluster::start();
    LedgerTest::TearDown();
  }

  void start() {
    daemon_.emplace(*site_);
    ASSERT_TRUE(daemon_->await_serving()) << daemon_->log();
    port_ = daemon_->api_port();
  }

  // Takes PostgreSQL away twice and kills the daemon twice, at moments of their own each: one may
  // well happen during the other.
  void disturb(std::chrono::milliseconds duration) {
    enum class Event { stop_postgres, start_postgres, kill };
    std::vector<std::pair<std::chrono::milliseconds, Event>> events;
    const auto within = [this](std::chrono::milliseconds bound) {
      return std::chrono::milliseconds(random_() % static_cast<std::uint64_t>(bound.count()));
    };
    for (const int half : {0, 1}) {
      const auto begin = half * duration / 2;
      const auto stopped = begin + within(duration / 4);
      events.emplace_back(stopped, Event::stop_postgres);
      events.emplace_back(stopped + within(duration / 5), Event::start_postgres);
      events.emplace_back(begin + within(duration / 2), Event::kill);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto begun = Clock::now();
    for (const auto& [at, event] : events) {
      std::this_thread::sleep_until(begun + at);
      switch (event) {
        case Event::stop_postgres: Cluster::stop(); break;
        case Event::start_postgres: Cluster::start(); break;
        case Event::kill:
          daemon_->kill();
          ASSERT_NO_FATAL_FAILURE(start());
          break;
      }
    }
    std::this_thread::sleep_until(begun + duration);
  }

  // The ledger's transfers by their reference: the id, amount and wallets, whether it is posted,
  // how many legs were booked by it, and how many of them are the two that must be.
  static std::multimap<std::string, std::string> transfers_of(store::Connection& connection) {
    const auto rows = connection.exec(R"(
      SELECT d.reference, t.id, t.amount_minor, t.from_account_id, t.to_account_id, t.status = 3,
             (SELECT count(*) FROM authd.posting p WHERE p.shard = t.shard AND p.seq = t.begun_seq),
             (SELECT count(*) FROM authd.posting p
               WHERE p.shard = t.shard AND p.seq = t.begun_seq AND p.book = 1 AND
                     (p.account_id, p.amount_minor) IN ((t.from_account_id, -t.amount_minor),
                                                        (t.to_account_id, t.amount_minor)))
        FROM authd.transfer t LEFT JOIN authd.transfer_detail d USING (program, id))");
    std::multimap<std::string, std::string> found;
    if (!rows) {
      ADD_FAILURE() << rows.error().message;
      return found;
    }
    for (int row = 0; row < rows->rows(); ++row) {
      std::string line;
      for (int column = 1; column < 8; ++column) line += std::string(rows->text(row, column)) + " ";
      found.emplace(rows->text(row, 0), line);
    }
    return found;
  }

  // Each request is one transfer of the ledger that is what was answered, and there are no others.
  void expect_answers_in_ledger() {
    auto connection = connect();
    const auto ledger = transfers_of(connection);
    std::size_t asked = 0;
    std::vector<std::string> wrong;
    for (const Mover& mover : movers_) {
      for (const Wanted& wanted : mover.wanted()) {
        const std::string line = wanted.id + " " + std::to_string(wanted.amount_minor) + " " +
                                 std::to_string(wanted.from) + " " + std::to_string(wanted.to) +
                                 (wanted.acknowledged ? " t 2 2 " : " f 0 0 ");
        const auto [begin, end] = ledger.equal_range(wanted.key);
        const auto count = std::distance(begin, end);
        if (count != 1 || begin->second != line) {
          wrong.push_back(wanted.key + ": " + line + "is there " + std::to_string(count) +
                          " times" + (count == 0 ? "" : ", first as " + begin->second));
        }
        asked += 1;
      }
    }
    EXPECT_EQ(ledger.size(), asked);
    EXPECT_EQ(wrong.size(), 0U) << (wrong.empty() ? "" : wrong.front());
  }

  void expect_money_is_whole() {
    auto connection = connect();
    const std::string whole = std::to_string(wallets * opening_minor);
    EXPECT_EQ(query_text(connection, "SELECT sum(posted_minor) FROM authd.balance"), whole);
    EXPECT_EQ(query_text(connection,
                         "SELECT sum(amount_minor) FROM authd.posting p JOIN authd.journal_entry e"
                         " USING (shard, seq) WHERE e.kind = 1 AND p.book = 1"),
              whole);
    EXPECT_EQ(query_text(connection,
                         "SELECT count(*) FROM authd.balance WHERE posted_minor < 0 OR"
                         " held_minor <> 0"),
              "0");
    EXPECT_EQ(query_text(connection,
                         "SELECT count(*) FROM authd.balance b WHERE posted_minor IS DISTINCT FROM"
                         " (SELECT sum(amount_minor) FROM authd.posting p"
                         "   WHERE p.account_id = b.account_id AND book = 1)"),
              "0");
    EXPECT_EQ(query_text(connection,
                         "SELECT count(*) FROM (SELECT sum(amount_minor) OVER (PARTITION BY"
                         " account_id ORDER BY shard, seq, leg) AS running FROM authd.posting"
                         " WHERE book = 1) AS all_moments WHERE running < 0"),
              "0");
  }

  void print_and_judge_figures() const {
    std::vector<Clock::duration> latencies;
    std::int64_t acknowledged = 0;
    std::int64_t declined = 0;
    std::int64_t repeated = 0;
    std::int64_t retried = 0;
    for (const Mover& mover : movers_) {
      for (const Wanted& wanted : mover.wanted()) (wanted.acknowledged ? acknowledged : declined)++;
      latencies.insert(latencies.end(), mover.latencies().begin(), mover.latencies().end());
      repeated += mover.repeated();
      retried += mover.retried();
    }
    ASSERT_FALSE(latencies.empty());
    std::sort(latencies.begin(), latencies.end());
    const auto us_at = [&](std::size_t percent) {
      const auto at = latencies[(latencies.size() - 1) * percent / 100];
      return static_cast<long long>(
          std::chrono::duration_cast<std::chrono::microseconds>(at).count());
    };
    std::printf("acknowledged %lld, declined %lld, repeated %lld, unanswered attempts %lld;",
                static_cast<long long>(acknowledged), static_cast<long long>(declined),
                static_cast<long long>(repeated), static_cast<long long>(retried));
    std::printf(" latency p50 %lld us, p99 %lld us\n", us_at(50), us_at(99));
    EXPECT_GT(acknowledged, 100);
    EXPECT_GT(declined, 10);
    EXPECT_GT(repeated, 10);
    EXPECT_GT(retried, 0);  // otherwise nothing was disturbed
  }

  std::mt19937_64 random_;
  std::optional<Site> site_;
  std::optional<Daemon> daemon_;
  std::atomic<std::uint16_t> port_{0};
  std::deque<Mover> movers_;
};

TEST_F(WalletLoad, MovesEveryAcknowledgedTransferOnceWhateverIsRestarted) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(daemon_->await_ready()) << daemon_->log();
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  for (Mover& mover : movers_) {
    threads.emplace_back([&mover, &stop, this] { mover.run(port_, stop); });
  }
  // Whatever it finds, the movers are stopped and joined before anybody judges it.
  disturb(std::chrono::seconds(std::max<std::uint64_t>(number_from("AUTHD_TEST_SECONDS", 12), 1)));
  stop = true;
  threads.clear();
  for (const Mover& mover : movers_) EXPECT_EQ(mover.wrong(), std::vector<std::string>());

  ASSERT_TRUE(daemon_->await_drained()) << daemon_->admin("/status").body;
  ASSERT_TRUE(daemon_->await_following()) << daemon_->admin("/status").body;
  print_and_judge_figures();
  expect_answers_in_ledger();
  expect_money_is_whole();
  EXPECT_EQ(found_by_audit(*daemon_), "");
  EXPECT_EQ(daemon_->terminate(), 0);
  if (HasFailure()) std::printf("%s\n", daemon_->log().c_str());
}

}  // namespace
}  // namespace authd::test
