// The life cycles of four processors, message by message: what core holds, posts and announces is
// what the fixtures say, to the minor unit; also when messages come twice, in another order, or
// when our answer was too late.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>

#include "tests/core/fixture_stage.h"

namespace authd::core::test {
namespace {

// The same message once more.
Step again(Step step) {
  step.repeated = true;
  step.marks = {};
  step.change = {};
  return step;
}

LifeCycle read(const std::string& name) { return life_cycle(name, read_fixture(name)); }

class Fixtures : public testing::TestWithParam<std::string> {
 protected:
  const LifeCycle life_cycle_ = read(GetParam());
};

TEST_P(Fixtures, MoveWhatEachMessageSays) {
  Stage stage(life_cycle_);
  for (const Step& step : life_cycle_.steps) expect_step(stage, step);
  EXPECT_EQ(stage.sums(), life_cycle_.total);
}

TEST_P(Fixtures, MoveNothingWhenAMessageComesAgain) {
  Stage stage(life_cycle_);
  for (const Step& step : life_cycle_.steps) {
    expect_step(stage, step);
    expect_step(stage, again(step));
  }
  for (Step step : life_cycle_.steps) {  // and all of them long after
    step.total = life_cycle_.total;
    expect_step(stage, again(step));
  }
  EXPECT_EQ(stage.sums(), life_cycle_.total);
}

// Once nothing is asked any more, the rest happens whatever the account has left.
TEST_P(Fixtures, NotificationsNeedNoMoney) {
  const auto& steps = life_cycle_.steps;
  const auto last_question = std::find_if(
      steps.rbegin(), steps.rend(), [](const Step& step) { return step.answer && !step.repeated; });
  const auto questions = static_cast<std::size_t>(steps.rend() - last_question);
  Stage stage(life_cycle_);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == questions) stage.lose(stage.balance().available_minor);
    expect_step(stage, steps[i]);
  }
}

// Notifications are enough: after each, the sums are what they would be if we had been asked.
TEST_P(Fixtures, NeedNoQuestion) {
  Stage stage(life_cycle_);
  for (const Step& step : life_cycle_.steps) {
    if (!step.command || step.answer) continue;
    SCOPED_TRACE(step.file);
    stage.deliver(*step.command);
    EXPECT_EQ(stage.sums(), step.total);
    stage.expect_rows_to_agree();
  }
}

class OrderIndependentFixtures : public Fixtures {};

// What the processor has already said about the request.
std::optional<EventKind> verdict(const LifeCycle& life_cycle, const std::vector<std::size_t>& order,
                                 std::size_t position, const MessageId& request) {
  for (std::size_t i = 0; i < position; ++i) {
    const auto& command = life_cycle.steps[order[i]].command;
    const auto* const event = command ? std::get_if<Event>(&*command) : nullptr;
    if (event != nullptr && event->about == request) return event->kind;
  }
  return std::nullopt;
}

// The answer follows what the processor has already said.
void expect_verdict(const LifeCycle& life_cycle, const std::vector<std::size_t>& order,
                    std::size_t position, const Applied& applied) {
  const Step& step = life_cycle.steps[order[position]];
  if (!step.answer) return;
  const Decision& decision = std::get<Answer>(applied.outcome).decision;
  const auto said = verdict(life_cycle, order, position, std::get<Request>(*step.command).message);
  if (!said) return;
  EXPECT_EQ(decision.is_approved(), *said == EventKind::approved);
  const std::int64_t approved = *said == EventKind::approved ? step.answer->approved_minor : 0;
  EXPECT_EQ(decision.approved.minor_units, approved);
}

// What a set of messages has come to, by the positions of the messages.
using SumsOfSet = std::map<std::set<std::size_t>, Sums>;

// Delivers every message `times` times in that order. After each, the sums depend on what came, not
// on the order in which it came.
void expect_order_not_to_matter(const LifeCycle& life_cycle, const std::vector<std::size_t>& order,
                                int times, SumsOfSet& known) {
  SCOPED_TRACE(testing::PrintToString(order));
  Stage stage(life_cycle);
  std::set<std::size_t> delivered;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& command = life_cycle.steps[order[i]].command;
    for (int k = 0; command && k < times; ++k) {
      const Applied applied = stage.deliver(*command);
      expect_verdict(life_cycle, order, i, applied);
    }
    delivered.insert(order[i]);
    EXPECT_EQ(stage.sums(), known.try_emplace(delivered, stage.sums()).first->second)
        << "after message " << i;
  }
  EXPECT_EQ(stage.sums(), life_cycle.total);
  stage.expect_rows_to_agree();
}

TEST_P(OrderIndependentFixtures, EndTheSameInEveryOrder) {
  ASSERT_LE(life_cycle_.steps.size(), 7U) << "too many orders to try them all";
  std::vector<std::size_t> order(life_cycle_.steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  SumsOfSet known;
  do {
    for (const int times : {1, 2}) {
      expect_order_not_to_matter(life_cycle_, order, times, known);
      if (HasFailure()) return;  // the first is enough
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

std::string test_name(const std::string& life_cycle) {
  std::string name = life_cycle;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string name_of(const testing::TestParamInfo<std::string>& tested) {
  return test_name(tested.param);
}

// A file that cannot be read is among them, so that its test fails.
std::vector<std::string> order_independent_names() {
  std::vector<std::string> names;
  for (const std::string& name : life_cycle_names()) {
    try {
      if (read(name).order_independent) names.push_back(name);
    } catch (const std::exception&) {
      names.push_back(name);
    }
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, Fixtures, testing::ValuesIn(life_cycle_names()), name_of);
INSTANTIATE_TEST_SUITE_P(Each, OrderIndependentFixtures,
                         testing::ValuesIn(order_independent_names()), name_of);

// The fixtures that a suite has a test for.
std::set<std::string> tested_in(const std::string& suite, const std::string& test) {
  std::set<std::string> tested;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& found = *all.GetTestSuite(i);
    if (found.name() != suite) continue;
    for (int k = 0; k < found.total_test_count(); ++k) {
      const std::string name = found.GetTestInfo(k)->name();
      if (name.starts_with(test + "/")) tested.insert(name.substr(test.size() + 1));
    }
  }
  return tested;
}

TEST(AllFixtures, AreThereAndTested) {
  std::map<std::string, int> files;
  std::set<std::string> names;
  for (const std::string& name : life_cycle_names()) {
    ++files[name.substr(0, name.find('/'))];
    names.insert(test_name(name));
  }
  const std::map<std::string, int> expected{
      {"adyen", 10}, {"lithic", 13}, {"marqeta", 24}, {"stripe", 11}};
  EXPECT_EQ(files, expected);
  EXPECT_EQ(tested_in("Each/Fixtures", "MoveWhatEachMessageSays"), names);
  EXPECT_EQ(tested_in("Each/Fixtures", "MoveNothingWhenAMessageComesAgain"), names);
  EXPECT_EQ(tested_in("Each/OrderIndependentFixtures", "EndTheSameInEveryOrder").size(), 24U);
}

// Messages that tell core nothing are known one by one: a translation that drops more is noticed.
TEST(AllFixtures, LeaveOutOnlyWhatMovesNothing) {
  std::size_t commands = 0;
  std::vector<std::string> left_out;
  for (const std::string& name : life_cycle_names()) {
    for (const Step& step : read(name).steps) {
      if (step.command) ++commands;
      if (!step.command) left_out.push_back(name + "/" + step.file);
    }
  }
  const std::vector<std::string> expected{
      "adyen/adjustment/02-webhook-transfer-received.json",
      "adyen/approve-capture/02-webhook-transfer-received.json",
      "adyen/decline/02-webhook-transfer-received.json",
      "adyen/expiry-late-capture/02-webhook-transfer-received.json",
      "adyen/over-capture/02-webhook-transfer-received.json",
      "adyen/reversal/02-webhook-transfer-received.json",
      "adyen/timeout-approved/02-webhook-transfer-received.json",
      "adyen/timeout-refused/02-webhook-transfer-received.json",
      "lithic/balance-inquiry/02-webhook-balance-inquiry.json",
      "marqeta/m-balance-inquiry/02-webhook-balance-inquiry.json",
      "marqeta/u-webhook-ping/01-webhook-ping.json",
      "marqeta/x-dispute-notice/01-webhook-chargeback-completed.json"};
  EXPECT_EQ(left_out, expected);
  EXPECT_EQ(commands, 163U);
}

std::vector<LifeCycle> answered_late() {
  std::vector<LifeCycle> found;
  for (const std::string& name : life_cycle_names()) {
    LifeCycle life_cycle = read(name);
    const bool late =
        std::any_of(life_cycle.steps.begin(), life_cycle.steps.end(),
                    [](const Step& step) { return step.answer && !step.answer->in_time; });
    if (late) found.push_back(std::move(life_cycle));
  }
  return found;
}

// Nothing was held for the answer any more.
void expect_no_ghost(const Applied& applied) {
  const auto* const booking = std::get_if<Booking>(&applied.outcome);
  EXPECT_FALSE(booking != nullptr && booking->ghost);
}

TEST(LateAnswers, EndTheSameWhenWeAbandonThem) {
  const auto life_cycles = answered_late();
  EXPECT_EQ(life_cycles.size(), 5U);
  for (const LifeCycle& life_cycle : life_cycles) {
    SCOPED_TRACE(life_cycle.name);
    Stage stage(life_cycle);
    for (const Step& step : life_cycle.steps) {
      if (!step.command) continue;
      const Applied applied = stage.deliver(*step.command);
      expect_no_ghost(applied);
      if (!step.answer) continue;
      stage.abandon(std::get<Request>(*step.command).message);
      EXPECT_EQ(stage.sums(), Sums{});
    }
    EXPECT_EQ(stage.sums(), life_cycle.total);
    stage.expect_rows_to_agree();
  }
}

TEST(LateAnswers, EndTheSameWhenWeDoNotDecide) {
  for (const LifeCycle& life_cycle : answered_late()) {
    SCOPED_TRACE(life_cycle.name);
    Stage stage(life_cycle);
    for (const Step& step : life_cycle.steps) {
      if (!step.command) continue;
      const Applied applied = stage.deliver(*step.command, step.answer.has_value());
      expect_no_ghost(applied);
      if (!step.answer) continue;
      EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::too_late);
      EXPECT_EQ(stage.sums(), Sums{});
    }
    EXPECT_EQ(stage.sums(), life_cycle.total);
    stage.expect_rows_to_agree();
  }
}

TEST(PartialApprovals, AreDeclinesWhereTheProgramHasNone) {
  std::size_t seen = 0;
  for (const std::string& name : life_cycle_names()) {
    const LifeCycle life_cycle = read(name);
    for (const Step& step : life_cycle.steps) {
      if (!step.answer || !step.answer->has_alternative) continue;
      ++seen;
      Stage stage(life_cycle, false);
      const Applied applied = stage.deliver(*step.command);
      EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::insufficient_funds);
      EXPECT_EQ(stage.sums(), Sums{});
    }
  }
  EXPECT_EQ(seen, 1U);
}

// A message that states the new total may be told as the change.
void expect_same_as_change(LifeCycle life_cycle, std::size_t position, EventKind kind) {
  SCOPED_TRACE(life_cycle.name);
  Event& event = std::get<Event>(*life_cycle.steps.at(position).command);
  event.kind = kind;
  event.amount.minor_units = std::abs(life_cycle.steps.at(position).change.held_minor);
  Stage stage(life_cycle);
  for (const Step& step : life_cycle.steps) expect_step(stage, step);
}

TEST(NewTotals, EndTheSameAsChanges) {
  const LifeCycle lowered = read("marqeta/o-authorization-advice");
  expect_same_as_change(lowered, 2, EventKind::reversed);
  LifeCycle raised = read("adyen/adjustment");
  expect_same_as_change(raised, 3, EventKind::incremented);
  raised.steps.erase(raised.steps.begin() + 2);  // and when our own approval is not confirmed
  expect_same_as_change(raised, 2, EventKind::incremented);
}

}  // namespace
}  // namespace authd::core::test
