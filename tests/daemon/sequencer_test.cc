// The sequencer with a real journal and snapshot; the network is replaced by coroutines on an
// io_context of the test.

#include "authd/sequencer/sequencer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "authd/metrics/metrics.h"
#include "tests/core/world.h"
#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

using core::test::purchase;

class SequencerTest : public ::testing::Test {
 protected:
  SequencerTest() {
    record(core::DefineZone{core::TimeZone{}});
    record(core::ConfigureProgram{core::test::program()});
    record(core::OpenAccount{core::test::account()});
    record(core::IssueCard{core::test::card()});
    EXPECT_TRUE(storage_->journal().flush());
  }
  static constexpr std::uint64_t records_of_the_fixture = 4;

  void record(const core::Command& command, core::Timestamp at = core::test::noon) {
    const core::Moment moment{at, storage_->journal().next_sequence(), 0, 0, false};
    core::Applied applied;
    std::vector<std::byte> payload;
    EXPECT_TRUE(core::apply(storage_->state(), command, moment, applied));
    EXPECT_TRUE(storage_->record(command, moment, applied, payload));
  }

  Sequencer& start(Sequencer::Options options) {
    sequencer_ = std::make_unique<Sequencer>(
        Sequencer::Environment{*storage_, checkpointer_, exposure_, metrics_, drained_,
                               [this] {
                                 before_decision_();
                                 return mirror_age_;
                               },
                               [this] { ++hurried_; },
                               [](const std::string& what) { ADD_FAILURE() << what; }},
        options);
    return *sequencer_;
  }

  struct Asked {
    core::Reason taken = core::Reason::approved;
    core::Answer answer;
    std::uint64_t drained = 0;  // when it was answered
  };
  net::Awaitable<void> ask(core::Request request, std::chrono::milliseconds within, Asked& asked) {
    auto submission =
        std::make_unique<Submission>(request, std::chrono::steady_clock::now() + within, mailbox_);
    submission->until_ledger = until_ledger_;
    asked.taken = sequencer_->submit(*submission);
    if (asked.taken != core::Reason::approved) co_return;
    asked.answer = co_await answer_of(std::move(submission));
    asked.drained = drained_;
  }
  // Submits all of them, then waits for all answers. The time for every second one may differ.
  std::vector<Asked> ask_all(const std::vector<core::Request>& requests) {
    std::vector<Asked> asked(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const auto within =
          i % 2 == 0 ? answer_within_ : every_second_within_.value_or(answer_within_);
      boost::asio::co_spawn(io_.get_executor(), ask(requests[i], within, asked[i]),
                            boost::asio::detached);
    }
    io_.restart();
    io_.run_for(std::chrono::seconds(30));
    return asked;
  }
  // Until `done` or half a minute is over.
  template <class Done>
  static bool eventually(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  // Plays the drain: once the journal has so many records behind the fixture's, so has the ledger.
  std::jthread drain_after(std::uint64_t records) {
    return std::jthread([this, last = records_of_the_fixture + records] {
      EXPECT_TRUE(
          eventually([&] { return storage_->journal().durable().sequence().value >= last; }));
      drained_ = last;
      sequencer_->ledger_moved();
    });
  }
  core::Account account_now() { return **storage_->state().account({1}); }

  std::chrono::milliseconds answer_within_{60'000};
  std::optional<std::chrono::milliseconds> every_second_within_;
  bool until_ledger_ = false;
  std::function<void()> before_decision_ = [] {};  // where the age of the mirror matters
  std::chrono::microseconds mirror_age_{0};
  std::atomic<int> hurried_{0};
  test::TemporaryDirectory directory_;
  std::unique_ptr<store::Storage> storage_ =
      std::move(store::Storage::open(
                    {directory_.path() / "state", 1, std::size_t{1} << 20, std::size_t{16} << 20}))
          .value();
  store::Checkpointer checkpointer_{storage_->snapshot(), storage_->opened_at(), {}};
  store::Exposure exposure_;
  Metrics metrics_{{*core::ProgramId::from("demo")}};
  std::atomic<std::uint64_t> drained_{0};
  boost::asio::io_context io_{1};
  net::Mailbox mailbox_{io_.get_executor()};
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(SequencerTest, AnswersAfterTheRecordIsDurable) {
  start({});
  const auto asked = ask_all({purchase("m1", 10'00)});
  EXPECT_TRUE(asked[0].answer.decision.is_approved());
  EXPECT_EQ(storage_->journal().durable().sequence(), core::Sequence{records_of_the_fixture + 1});
  EXPECT_EQ(exposure_.outstanding(core::test::program().id, core::test::usd), 10'00);
}

TEST_F(SequencerTest, AskedAtOnceTheSameMessageIsDecidedOnce) {
  start({});
  const auto asked = ask_all({purchase("m1", 60'00), purchase("m1", 60'00), purchase("m2", 60'00)});
  EXPECT_EQ(asked[0].answer.origin, core::Answer::Origin::decided);
  EXPECT_EQ(asked[1].answer.origin, core::Answer::Origin::repeated);
  EXPECT_EQ(asked[1].answer.decision, asked[0].answer.decision);
  EXPECT_EQ(asked[2].answer.decision.reason, core::Reason::insufficient_funds);
}

TEST_F(SequencerTest, MoreThanABatchIsAnsweredInOrder) {
  start({.batch_max = 3});
  std::vector<core::Request> requests;
  for (int i = 0; i < 100; ++i) requests.push_back(purchase("m" + std::to_string(i), 2'00));
  const auto asked = ask_all(requests);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(asked[i].answer.decision.is_approved(), i < 50) << i;
    EXPECT_EQ(asked[i].answer.authorization,
              core::AuthorizationId{i < 50 ? i + records_of_the_fixture + 1 : 0});
  }
}

TEST_F(SequencerTest, AFullQueueTakesNoMoreAndRecordsNothing) {
  start({.queue_max = 2});
  std::vector<core::Request> requests;
  for (int i = 0; i < 200; ++i) requests.push_back(purchase("m" + std::to_string(i), 1));
  const auto asked = ask_all(requests);
  std::uint64_t taken = 0;
  std::uint64_t overloaded = 0;
  for (const Asked& one : asked) (one.taken == core::Reason::overloaded ? overloaded : taken) += 1;
  EXPECT_EQ(taken + overloaded, 200U);
  EXPECT_GE(taken, 2U);
  EXPECT_EQ(storage_->journal().durable().sequence(),
            core::Sequence{records_of_the_fixture + taken});
  EXPECT_EQ(sequencer_->queue_depth(), 0U);
}

TEST_F(SequencerTest, AnOverlayAtItsBoundTakesNoMore) {
  start({.overlay_rows_max = 1});  // the rows of the fixture are already there
  const auto asked = ask_all({purchase("m1", 1)});
  EXPECT_EQ(asked[0].taken, core::Reason::storage);
  EXPECT_EQ(storage_->journal().durable().sequence(), core::Sequence{records_of_the_fixture});
}

TEST_F(SequencerTest, AFullDiskTakesNoMoreUntilThereIsRoom) {
  start({});
  sequencer_->refuse_for_storage(true);
  EXPECT_EQ(ask_all({purchase("m1", 1)})[0].taken, core::Reason::storage);
  sequencer_->refuse_for_storage(false);
  EXPECT_TRUE(ask_all({purchase("m1", 1)})[0].answer.decision.is_approved());
}

TEST_F(SequencerTest, AStopLeavesNothingToReplayAndTakesNoMore) {
  start({});
  ask_all({purchase("m1", 10'00)});
  sequencer_->stop();
  EXPECT_EQ(ask_all({purchase("m2", 1)})[0].taken, core::Reason::overloaded);
  EXPECT_EQ(checkpointer_.status().applied, core::Sequence{records_of_the_fixture + 1});
  EXPECT_EQ(storage_->state().overlay_rows(), 0U);
}

TEST_F(SequencerTest, CheckpointsWhenTheOverlayHasGrown) {
  start({.checkpoint_rows = 20});
  std::vector<core::Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(purchase("m" + std::to_string(i), 1));
  ask_all(requests);
  EXPECT_TRUE(eventually([this] { return checkpointer_.status().checkpoints > 0; }));
}

TEST_F(SequencerTest, ARequestThatWaitedTooLongIsDeclinedAndRecordedSo) {
  answer_within_ = std::chrono::milliseconds(0);
  start({});
  const auto asked = ask_all({purchase("m1", 10'00)});
  EXPECT_EQ(asked[0].answer.decision.reason, core::Reason::too_late);
  answer_within_ = std::chrono::milliseconds(60'000);
  const auto again = ask_all({purchase("m1", 10'00)});
  EXPECT_EQ(again[0].answer.origin, core::Answer::Origin::repeated);
  EXPECT_EQ(again[0].answer.decision, asked[0].answer.decision);
  sequencer_->stop();
  EXPECT_EQ(account_now().held_minor, 0);
}

// The answer to the first message cannot be durable before a few hundred others are.
TEST_F(SequencerTest, AnApprovalThatCameTooLateIsTakenBack) {
  start({.queue_max = 100'000});
  answer_within_ = std::chrono::milliseconds(1);
  std::vector<core::Request> requests;
  for (int i = 0; i < 5'000; ++i) requests.push_back(purchase("m" + std::to_string(i), 1));
  const auto asked = ask_all(requests);
  std::int64_t approved = 0;
  std::int64_t late = 0;
  for (const Asked& one : asked) {
    ASSERT_EQ(one.taken, core::Reason::approved);
    (one.answer.decision.is_approved() ? approved : late) += 1;
    if (!one.answer.decision.is_approved()) {
      EXPECT_EQ(one.answer.decision.reason, core::Reason::too_late);
    }
  }
  EXPECT_GT(late, 0);
  answer_within_ = std::chrono::milliseconds(60'000);
  const auto again = ask_all(requests);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(again[i].answer.origin, core::Answer::Origin::repeated);
    EXPECT_EQ(again[i].answer.decision.is_approved(), asked[i].answer.decision.is_approved()) << i;
  }
  sequencer_->stop();
  EXPECT_EQ(account_now().held_minor, approved);
}

// The processor asks again because the answer is slow, and both are decided in one batch. The first
// request is held back until the others are there, the last one until the deadline of the second.
TEST_F(SequencerTest, ARepetitionOfAnApprovalThatCameTooLateIsDeclinedToo) {
  core::Program program = core::test::program();
  program.mirror_age_max_us = INT64_MAX;  // so that the age is asked for
  record(core::ConfigureProgram{program});
  every_second_within_ = std::chrono::milliseconds(1'000);
  int decided = 0;
  before_decision_ = [&] {
    decided += 1;
    if (decided == 1) {
      EXPECT_TRUE(eventually([this] { return sequencer_->queue_depth() == 4; }));
    }
    if (decided == 4) std::this_thread::sleep_for(*every_second_within_);
  };
  start({});
  const auto asked = ask_all(
      {purchase("first", 1'00), purchase("m", 2'00), purchase("m", 2'00), purchase("last", 4'00)});
  EXPECT_TRUE(asked[0].answer.decision.is_approved());
  EXPECT_EQ(asked[1].answer.decision.reason, core::Reason::too_late);
  EXPECT_EQ(asked[2].answer.decision.reason, core::Reason::too_late);
  sequencer_->stop();
  EXPECT_EQ(account_now().held_minor, 1'00);
}

TEST_F(SequencerTest, AnAnswerCanWaitForTheLedger) {
  start({});
  until_ledger_ = true;
  const auto drain = drain_after(2);
  const auto asked = ask_all({purchase("m1", 1'00), purchase("m2", 2'00), purchase("m1", 1'00)});
  for (const Asked& one : asked) {
    EXPECT_TRUE(one.answer.decision.is_approved());
    EXPECT_EQ(one.drained, records_of_the_fixture + 2);
  }
  EXPECT_GT(hurried_, 0);
  EXPECT_EQ(ask_all({purchase("m1", 1'00)})[0].answer.origin, core::Answer::Origin::repeated);
}

TEST_F(SequencerTest, WhatTheLedgerDoesNotGetInTimeIsTakenBack) {
  start({});
  until_ledger_ = true;
  answer_within_ = std::chrono::milliseconds(30);
  EXPECT_EQ(ask_all({purchase("m1", 1'00)})[0].answer.decision.reason, core::Reason::too_late);
  sequencer_->stop();
  EXPECT_EQ(account_now().held_minor, 0);
  const auto message =
      *storage_->state().message(core::test::program().id, *core::MessageId::from("m1"));
  EXPECT_EQ(message->decision.reason, core::Reason::too_late);  // for a repetition
}

// The second one has time, and waits while the first is taken back.
TEST_F(SequencerTest, ARepetitionThatWaitsForTheLedgerHearsWhatBecameOfTheFirst) {
  start({});
  until_ledger_ = true;
  answer_within_ = std::chrono::milliseconds(500);  // enough to be decided on a busy machine
  every_second_within_ = std::chrono::milliseconds(60'000);
  const auto drain = drain_after(2);  // the approval and its end
  const auto asked = ask_all({purchase("m1", 1'00), purchase("m1", 1'00)});
  EXPECT_EQ(asked[0].answer.decision.reason, core::Reason::too_late);
  EXPECT_EQ(asked[1].answer.decision.reason, core::Reason::too_late);
}

TEST_F(SequencerTest, AStopEndsTheWaitForTheLedger) {
  start({});
  until_ledger_ = true;
  std::jthread stop([this] {
    EXPECT_TRUE(eventually([this] {
      return storage_->journal().durable().sequence().value > records_of_the_fixture;
    }));
    sequencer_->stop();
  });
  EXPECT_EQ(ask_all({purchase("m1", 1'00)})[0].answer.decision.reason, core::Reason::too_late);
  stop.join();
  EXPECT_EQ(account_now().held_minor, 0);
}

TEST_F(SequencerTest, AppliesChangesInTheirOrderAndSaysWhichRecordIsTheirLast) {
  start({});
  core::MoveMoney top_up;
  top_up.program = core::test::program().id;
  top_up.id = *core::MessageId::from("t1");
  top_up.kind = core::TransferKind::top_up;
  top_up.to = {1};
  top_up.amount = {7'00, core::test::usd};
  Changes changes;
  changes.commands = {top_up, core::AdvanceTransfer{}, top_up};
  ChangesDone done(changes);
  ASSERT_EQ(sequencer_->submit(changes), core::Reason::approved);
  done.wait();
  ASSERT_EQ(changes.outcomes.size(), 3U);
  EXPECT_EQ(std::get<core::Moved>(changes.outcomes[0]).origin, core::Moved::Origin::done);
  EXPECT_EQ(std::get<core::Moved>(changes.outcomes[1]).fault, core::Moved::Fault::unknown);
  EXPECT_EQ(std::get<core::Moved>(changes.outcomes[2]).origin, core::Moved::Origin::repeated);
  EXPECT_EQ(changes.last, core::Sequence{records_of_the_fixture + 1});
  EXPECT_EQ(storage_->journal().durable().sequence(), changes.last);
  sequencer_->stop();
  EXPECT_EQ(account_now().posted_minor, core::test::account().posted_minor + 7'00);
  EXPECT_EQ(sequencer_->submit(changes), core::Reason::overloaded);
}

TEST_F(SequencerTest, ReleasesWhatHasExpiredBetweenDecisions) {
  for (int i = 0; i < 200; ++i) record(purchase("old" + std::to_string(i), 10));
  EXPECT_TRUE(storage_->journal().flush());
  EXPECT_EQ(account_now().held_minor, 2'000);
  start({.expiries_per_turn = 7});  // the real clock is later than noon of the fixture by weeks
  int asked = 0;
  EXPECT_TRUE(eventually([&] {
    core::Request inquiry = purchase("inquiry" + std::to_string(++asked), 0);
    inquiry.kind = core::Kind::balance_inquiry;
    const core::Balance balance = ask_all({inquiry})[0].answer.decision.balance;
    return balance.posted_minor == balance.available_minor;
  }));
  sequencer_->stop();
  EXPECT_EQ(account_now().held_minor, 0);
}

TEST_F(SequencerTest, DeclinesWhenTooMuchIsUnconfirmedOrTheLedgerIsSilent) {
  core::Program program = core::test::program();
  program.exposure_limits = {{core::test::usd, 50'00}};
  program.mirror_age_max_us = 1'000'000;
  record(core::ConfigureProgram{program});
  start({});
  EXPECT_TRUE(ask_all({purchase("m1", 50'00)})[0].answer.decision.is_approved());
  EXPECT_EQ(ask_all({purchase("m2", 1)})[0].answer.decision.reason, core::Reason::exposure_limit);
  store::Exposure::Sums drained;
  drained.add(program.id, {50'00, core::test::usd});
  exposure_.confirmed(drained);
  EXPECT_TRUE(ask_all({purchase("m3", 1)})[0].answer.decision.is_approved());
  mirror_age_ = std::chrono::microseconds(1'000'001);
  EXPECT_EQ(ask_all({purchase("m4", 1)})[0].answer.decision.reason, core::Reason::stale_state);
}

TEST_F(SequencerTest, CountsWhatAShadowControlWouldHaveDeclined) {
  core::Control control = core::test::control(9, core::Deny{});
  control.mode = core::Mode::shadow;
  record(core::SetControl{core::test::card_owner, control});
  start({});
  EXPECT_TRUE(ask_all({purchase("m1", 1)})[0].answer.decision.is_approved());
  EXPECT_NE(
      metrics_.expose({}).find(
          R"(authd_shadow_declines_total{check="deny",control="",level="card",program="demo"} 1)"),
      std::string::npos);
}

}  // namespace
}  // namespace authd
