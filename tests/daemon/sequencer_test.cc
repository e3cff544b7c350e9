// The sequencer with a real journal and snapshot; the network is replaced by coroutines on an
// io_context of the test.

#include "authd/sequencer/sequencer.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "authd/metrics/metrics.h"
#include "tests/core/world.h"
#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

using core::test::purchase;

class SequencerTest : public ::testing::Test {
 protected:
  SequencerTest() {
    std::vector<std::byte> payload;
    for (const core::Command& command : {core::Command(core::OpenAccount{core::test::account()}),
                                         core::Command(core::IssueCard{card()})}) {
      const core::Moment now{core::test::noon, storage_->journal().next_sequence()};
      const auto applied = core::apply(storage_->state(), command, now).value();
      EXPECT_TRUE(storage_->record(command, applied, now.at, payload));
    }
    EXPECT_TRUE(storage_->journal().flush());
  }
  // A card that outlives the real clock of the sequencer.
  static core::Card card() {
    core::Card card = core::test::card();
    card.expires_at = {4'000'000'000'000'000};
    return card;
  }

  Sequencer& start(Sequencer::Options options) {
    sequencer_ = std::make_unique<Sequencer>(
        Sequencer::Environment{*storage_, checkpointer_, exposure_, metrics_, drained_,
                               [](const std::string& what) { ADD_FAILURE() << what; }},
        options);
    return *sequencer_;
  }

  struct Asked {
    core::Reason taken = core::Reason::approved;
    core::Answer answer;
  };
  net::Awaitable<void> ask(core::Request request, Asked& asked) {
    Submission submission(request, mailbox_);
    asked.taken = sequencer_->submit(submission);
    if (asked.taken != core::Reason::approved) co_return;
    co_await submission.done.wait();
    asked.answer = submission.answer;
  }
  // Submits all of them, then waits for all answers.
  std::vector<Asked> ask_all(const std::vector<core::Request>& requests) {
    std::vector<Asked> asked(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      boost::asio::co_spawn(io_.get_executor(), ask(requests[i], asked[i]), boost::asio::detached);
    }
    io_.restart();
    io_.run_for(std::chrono::seconds(30));
    return asked;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<store::Storage> storage_ =
      std::move(store::Storage::open(
                    {directory_.path() / "state", 1, std::size_t{64} << 10, std::size_t{16} << 20},
                    {core::test::program()}))
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
  EXPECT_EQ(storage_->journal().durable().sequence(), core::Sequence{3});
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
    EXPECT_EQ(asked[i].answer.hold, core::HoldId{i < 50 ? i + 3 : 0});
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
  EXPECT_EQ(storage_->journal().durable().sequence(), core::Sequence{2 + taken});
  EXPECT_EQ(sequencer_->queue_depth(), 0U);
}

TEST_F(SequencerTest, AnOverlayAtItsBoundTakesNoMore) {
  start({.overlay_rows_max = 1});  // account and card of the fixture are already there
  const auto asked = ask_all({purchase("m1", 1)});
  EXPECT_EQ(asked[0].taken, core::Reason::storage);
  EXPECT_EQ(storage_->journal().durable().sequence(), core::Sequence{2});
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
  EXPECT_EQ(checkpointer_.status().applied, core::Sequence{3});
  EXPECT_EQ(storage_->state().overlay_rows(), 0U);
}

TEST_F(SequencerTest, CheckpointsWhenTheOverlayHasGrown) {
  start({.checkpoint_rows = 20});
  std::vector<core::Request> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(purchase("m" + std::to_string(i), 1));
  ask_all(requests);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (checkpointer_.status().checkpoints == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GE(checkpointer_.status().checkpoints, 1U);
}

}  // namespace
}  // namespace authd
