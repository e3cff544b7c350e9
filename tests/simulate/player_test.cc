#include "authd/simulate/player.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "authd/simulate/accounts.h"
#include "tests/simulate/stub_daemon.h"

namespace authd::simulate::test {
namespace {

// Asks for 500, and tells `events` times that 100 of it are cleared; a question that was not heard
// was declined.
class Purchase final : public LifeCycle {
 public:
  Purchase(std::string id, int events, bool order_matters)
      : id_(std::move(id)), events_(events), order_matters_(order_matters) {}

  std::string name() const override { return id_; }
  std::optional<Message> next() override {
    Message message;
    message.is_question = step_ == 0;
    if (step_ > (is_declined_ ? 1 : events_)) return std::nullopt;
    const std::string begin = R"({"id":")" + id_ + "-" + std::to_string(step_) + R"(","card":"c")";
    if (step_ == 0) {
      message.body = begin + R"(,"held":500})";
      effect_.held_minor += 500;
    } else if (is_declined_) {
      message.body = begin + R"(,"undo":")" + id_ + R"(-0"})";
      effect_.held_minor -= 500;
    } else {
      message.body = begin + R"(,"held":-100,"posted":-100})";
      effect_.held_minor -= 100;
      effect_.posted_minor -= 100;
    }
    ++step_;
    return message;
  }
  std::string heard(const Heard& answer) override {
    return answer.body.find("true") == std::string::npos ? "not approved" : "";
  }
  void unheard() override { is_declined_ = true; }
  Effect effect() const override { return effect_; }
  bool order_matters() const override { return order_matters_; }

 private:
  std::string id_;
  int events_;
  bool order_matters_;
  int step_ = 0;
  bool is_declined_ = false;
  Effect effect_;
};

// Asks, tells, asks again and tells again.
class TwoQuestions final : public LifeCycle {
 public:
  std::string name() const override { return "two"; }
  std::optional<Message> next() override {
    if (step_ == 6) return std::nullopt;
    Message message;
    message.is_question = step_ % 3 == 0;
    message.body = R"({"id":")" + std::to_string(step_++) + R"(","card":"c"})";
    return message;
  }
  std::string heard(const Heard&) override { return {}; }
  void unheard() override {}
  Effect effect() const override { return {}; }
  bool order_matters() const override { return false; }

 private:
  int step_ = 0;
};

class SimulatePlayer : public testing::Test {
 protected:
  SimulatePlayer() : accounts_(daemon_.server(), StubDaemon::key, "test") {
    Account account;
    account.opening = NewAccount{"demo", "USD", 100'000, 0};
    account.cards.emplace_back("demo", "c");
    accounts_.add(account);
    EXPECT_TRUE(accounts_.open());
  }

  // Plays purchases "0", "1", … and leaves what became of it in report_.
  void play(const PlayerOptions& options, int purchases, int events, bool order_matters,
            std::uint32_t messages_per_s = 0) {
    int begun = 0;
    play(options, messages_per_s, [&]() -> std::unique_ptr<LifeCycle> {
      if (begun == purchases) return nullptr;
      return std::make_unique<Purchase>(std::to_string(begun++), events, order_matters);
    });
  }

  void play(const PlayerOptions& options, std::uint32_t messages_per_s,
            const std::function<std::unique_ptr<LifeCycle>()>& next) {
    const Target target = daemon_.target();
    boost::asio::io_context io{1};
    Sender sender(io, messages_per_s, report_);
    Player player(io, daemon_.server(), options, sender);
    player.run(
        [&]() -> std::optional<Play> {
          Play play;
          play.life_cycle = next();
          play.target = &target;
          if (!play.life_cycle) return std::nullopt;
          return play;
        },
        [this](const Play& play) {
          ++ended_;
          accounts_.played(play.account, play.life_cycle->effect());
        });
  }

  void expect_right() {
    for (const WrongAnswer& wrong : report_.wrong) ADD_FAILURE() << wrong.what << wrong.sent;
    EXPECT_TRUE(accounts_.check(report_.wrong_balances, std::chrono::seconds(30)));
    EXPECT_TRUE(report_.is_right()) << to_text(report_);
  }

  StubDaemon daemon_;
  Accounts accounts_;
  Report report_;
  int ended_ = 0;
};

TEST_F(SimulatePlayer, TellsOneMessageAfterTheOther) {
  PlayerOptions options;
  options.connections = 1;
  play(options, 2, 2, true);
  EXPECT_EQ(daemon_.arrivals(),
            (std::vector<std::string>{"0-0", "0-1", "0-2", "1-0", "1-1", "1-2"}));
  EXPECT_EQ(ended_, 2);
  EXPECT_EQ(report_.life_cycles, 2U);
  EXPECT_EQ(report_.sent.at("demo").questions, 2U);
  EXPECT_EQ(report_.sent.at("demo").events, 4U);
  EXPECT_EQ(report_.answers, (std::map<int, std::uint64_t>{{200, 6}}));
  EXPECT_EQ(report_.approved, 2U);
  EXPECT_EQ(report_.questions.summary().count, 2U);
  EXPECT_EQ(report_.events.summary().count, 4U);
  expect_right();
}

TEST_F(SimulatePlayer, SendsEveryMessageTwice) {
  PlayerOptions options;
  options.duplicates_percent = 100;
  play(options, 50, 3, true);
  std::map<std::string, int> arrived;
  for (const std::string& id : daemon_.arrivals()) ++arrived[id];
  EXPECT_EQ(arrived.size(), 200U);
  for (const auto& [id, times] : arrived) EXPECT_EQ(times, 2) << id;
  EXPECT_EQ(report_.repeated, 200U);
  EXPECT_EQ(report_.approved, 50U);  // repetitions are no more decisions
  expect_right();
}

TEST_F(SimulatePlayer, ReportsARepetitionThatIsAnsweredOtherwise) {
  int answers = 0;
  daemon_.instead = [&answers](const Asked& asked) {
    Told told;
    told.status = asked.target.ends_with("authorizations") ? 200 : 0;
    told.body = R"({"approved":true,"n":)" + std::to_string(++answers) + "}";
    return told;
  };
  PlayerOptions options;
  options.duplicates_percent = 100;
  play(options, 30, 0, true);
  EXPECT_EQ(report_.wrong_count, 30U);
  EXPECT_EQ(report_.wrong.size(), Report::wrong_answers_max);
  EXPECT_TRUE(report_.wrong.front().what.starts_with("the repetition was answered otherwise"));
}

TEST_F(SimulatePlayer, ReportsAnswersThatAreWrong) {
  daemon_.instead = [](const Asked& asked) {
    Told told;
    told.status = asked.target.ends_with("authorizations") ? 200 : 400;
    told.body = asked.target.ends_with("authorizations") ? R"({"approved":false})" : "no";
    if (asked.target.starts_with("/v1/")) told.status = 0;
    return told;
  };
  play(PlayerOptions(), 1, 1, true);
  ASSERT_EQ(report_.wrong.size(), 2U);
  EXPECT_EQ(report_.wrong[0].what, "not approved");
  EXPECT_EQ(report_.wrong[0].program, "demo");
  EXPECT_EQ(report_.wrong[0].life_cycle, "0");
  EXPECT_TRUE(report_.wrong[0].was_question);
  EXPECT_EQ(report_.wrong[1].what, "an event must be answered with 200");
  EXPECT_EQ(report_.wrong[1].status, 400);
  EXPECT_EQ(report_.wrong[1].body, "no");
  EXPECT_EQ(report_.declined, 1U);
  EXPECT_FALSE(report_.is_right());
}

TEST_F(SimulatePlayer, ReordersEventsWhereOrderDoesNotMatter) {
  PlayerOptions options;
  options.connections = 1;
  options.reordered_percent = 50;
  play(options, 40, 5, false);
  const auto arrivals = daemon_.arrivals();
  EXPECT_EQ(std::set<std::string>(arrivals.begin(), arrivals.end()).size(), 240U);
  EXPECT_EQ(arrivals.size(), 240U);
  EXPECT_FALSE(std::is_sorted(arrivals.begin(), arrivals.begin() + 60));
  EXPECT_GT(report_.reordered, 50U);
  for (int i = 0; i < 40; ++i)  // within their life cycle, after its question
    EXPECT_EQ(arrivals[static_cast<std::size_t>(i) * 6], std::to_string(i) + "-0");
  expect_right();
}

TEST_F(SimulatePlayer, NeverReordersEventsWhereOrderMatters) {
  PlayerOptions options;
  options.connections = 1;
  options.reordered_percent = 100;
  options.late_percent = 30;
  play(options, 9, 5, true);
  std::map<char, std::string> by_purchase;
  for (const std::string& id : daemon_.arrivals()) by_purchase[id[0]] += id[2];
  for (const auto& [purchase, order] : by_purchase) EXPECT_EQ(order, "012345") << purchase;
  EXPECT_EQ(report_.reordered, 0U);
  EXPECT_GT(report_.late, 0U);
  expect_right();
}

TEST_F(SimulatePlayer, TellsLateEventsWhenAllElseIsTold) {
  PlayerOptions options;
  options.late_percent = 100;
  play(options, 20, 3, false);
  const auto arrivals = daemon_.arrivals();
  ASSERT_EQ(arrivals.size(), 80U);
  for (std::size_t i = 0; i < arrivals.size(); ++i)
    EXPECT_EQ(arrivals[i].ends_with("-0"), i < 20) << i;
  EXPECT_EQ(report_.late, 60U);
  EXPECT_EQ(ended_, 20);
  expect_right();
}

TEST_F(SimulatePlayer, LetsAQuestionWaitForTheEventsBeforeIt) {
  for (const std::uint32_t percent : {0U, 100U}) {
    PlayerOptions options;
    options.connections = 1;
    options.late_percent = percent;
    options.reordered_percent = 100;
    bool is_begun = false;
    const std::size_t before = daemon_.arrivals().size();
    play(options, 0, [&is_begun]() -> std::unique_ptr<LifeCycle> {
      if (std::exchange(is_begun, true)) return nullptr;
      return std::make_unique<TwoQuestions>();
    });
    const auto arrivals = daemon_.arrivals();
    ASSERT_EQ(arrivals.size(), before + 6);
    EXPECT_EQ(arrivals[before], "0") << percent;
    EXPECT_EQ(arrivals[before + 3], "3") << percent;
  }
  EXPECT_EQ(ended_, 2);
}

TEST_F(SimulatePlayer, LosesQuestionsAndTellsWhatTheProcessorDidThen) {
  PlayerOptions options;
  options.lost_percent = 100;
  play(options, 60, 3, true);
  EXPECT_EQ(report_.lost, 60U);
  const auto sent = report_.sent.at("demo").questions;
  EXPECT_GT(sent, 10U);  // half of them
  EXPECT_LT(sent, 50U);
  EXPECT_EQ(report_.questions.summary().count, 0U);
  expect_right();
}

TEST_F(SimulatePlayer, SurvivesAllOfItAtOnce) {
  PlayerOptions options;
  options.connections = 16;
  options.duplicates_percent = 30;
  options.reordered_percent = 30;
  options.late_percent = 20;
  options.lost_percent = 20;
  options.seed = 5;
  play(options, 100, 4, false);
  EXPECT_EQ(ended_, 100);
  expect_right();
}

TEST_F(SimulatePlayer, PlaysTheSamePlanForTheSameSeed) {
  PlayerOptions options;
  options.connections = 1;
  options.duplicates_percent = 30;
  options.reordered_percent = 40;
  options.late_percent = 20;
  std::vector<std::vector<std::string>> plans;
  std::size_t before = 0;
  for (const std::uint64_t seed : {1U, 1U, 2U}) {
    options.seed = seed;
    report_ = Report();
    play(options, 10, 5, false);
    const auto arrivals = daemon_.arrivals();
    plans.emplace_back(arrivals.begin() + static_cast<std::ptrdiff_t>(before), arrivals.end());
    before = arrivals.size();
  }
  // Two that are sent at once may arrive either way, but they are the same.
  EXPECT_EQ(plans[0], plans[1]);
  EXPECT_NE(plans[0], plans[2]);
}

TEST_F(SimulatePlayer, KeepsToTheRate) {
  const auto begun = std::chrono::steady_clock::now();
  PlayerOptions options;
  options.duplicates_percent = 100;
  play(options, 5, 1, true, 100);
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, std::chrono::milliseconds(190));  // 20 messages, the first at once
  expect_right();
}

TEST_F(SimulatePlayer, GivesUpWhenNobodyAnswers) {
  daemon_.instead = [](const Asked&) {
    Told told;
    told.then = Told::Then::close_unanswered;
    return told;
  };
  PlayerOptions options;
  options.connections = 1;
  play(options, 1'000, 3, true);
  EXPECT_EQ(report_.wrong_count, 20U);
  EXPECT_EQ(report_.wrong.front().what, "the server has closed the connection");
  EXPECT_EQ(report_.wrong.front().status, 0);
  ASSERT_EQ(report_.problems.size(), 1U);
  EXPECT_TRUE(report_.problems.front().starts_with("given up"));
}

TEST_F(SimulatePlayer, GoesOnWhenSomeAnswersAreMissing) {
  int asked = 0;
  daemon_.instead = [&asked](const Asked&) {
    Told told;
    told.status = 0;
    if (++asked % 10 <= 1) {  // one, and when it is sent again
      told.status = 200;
      told.then = Told::Then::close_unanswered;
    }
    return told;
  };
  PlayerOptions options;
  options.connections = 1;
  play(options, 0, [left = 300]() mutable -> std::unique_ptr<LifeCycle> {
    return left-- == 0 ? nullptr : std::make_unique<Purchase>(std::to_string(left), 0, true);
  });
  EXPECT_EQ(ended_, 300);
  EXPECT_GT(report_.wrong_count, 20U);
  EXPECT_TRUE(report_.problems.empty());
}

}  // namespace
}  // namespace authd::simulate::test
