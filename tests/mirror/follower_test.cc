// The follower by itself, given the messages of a stream: when it marks, what it confirms.

#include "store/mirror/follower.h"

#include <gtest/gtest.h>

#include "tests/mirror/messages.h"
#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using store::Lsn;

constexpr core::MirrorMark start_mark{1, 1, 100, {}};

class Follower : public testing::Test {
 protected:
  Follower() {
    options_.apply = [this](const std::vector<core::Command>& commands) {
      calls_.push_back(commands);
      return is_stopping_ ? std::nullopt : state_.apply(commands);
    };
    options_.known = [this](const auto& visit) { return state_.visit(visit); };
    options_.on_applied = [this](std::uint32_t xid, Lsn, core::Timestamp) { xids_.push_back(xid); };
    options_.on_reached = [this](Lsn position) { reached_ = position; };
    options_.commands_max = 3;
    options_.incarnation_interval = std::chrono::hours(1);
    follower_.emplace(options_, board_, handover_, mark_,
                      store::Follower::Links{
                          [this](store::Bytes message) {
                            confirmed_.push_back(confirmation(message));
                            return store::MirrorTry<void>();
                          },
                          [](std::uint32_t, const store::MirroredKey&) {
                            return store::MirrorTry<std::optional<core::Command>>(std::nullopt);
                          },
                          [this](const core::MirrorMark& mark) {
                            ++renewals_;
                            return store::MirrorTry<core::MirrorMark>(mark);
                          }});
    data(account_relation_message());
  }

  // The second position of a status.
  static Lsn confirmation(store::Bytes message) {
    Lsn value = 0;
    for (std::size_t i = 9; i < 17; ++i) value = value << 8U | std::to_integer<Lsn>(message[i]);
    return value;
  }

  bool take(const std::string& message) {
    return follower_->take(store::bytes_of(message)).has_value();
  }
  bool data(const std::string& payload) { return take(data_message(payload)); }
  bool begin(Lsn commit_lsn, std::uint32_t xid) { return data(begin_message(commit_lsn, xid)); }
  bool insert(int id) { return data(insert_account_message(std::to_string(id))); }
  bool commit(Lsn end_lsn) { return data(commit_message(end_lsn - 10, end_lsn)); }
  bool settle() { return follower_->settle().has_value(); }

  // Of every call, how many commands it had, and its mark's position where it had one.
  std::vector<std::pair<std::size_t, Lsn>> calls() const {
    std::vector<std::pair<std::size_t, Lsn>> result;
    for (const auto& call : calls_) {
      const auto* const mark = std::get_if<core::MirrorMark>(&call.back());
      result.emplace_back(call.size(), mark == nullptr ? 0 : mark->end_lsn);
    }
    return result;
  }
  using Calls = std::vector<std::pair<std::size_t, Lsn>>;

  MirroredState state_;
  store::MirrorOptions options_;
  store::MirrorBoard board_;
  store::Handover handover_{options_, board_};
  core::MirrorMark mark_ = start_mark;
  std::optional<store::Follower> follower_;

  std::vector<std::vector<core::Command>> calls_;
  std::vector<Lsn> confirmed_;
  std::vector<std::uint32_t> xids_;
  Lsn reached_ = 0;
  int renewals_ = 0;
  bool is_stopping_ = false;
};

TEST_F(Follower, HandsSmallTransactionsOverTogether) {
  begin(110, 1);
  insert(1);
  commit(120);
  begin(130, 2);
  insert(2);
  commit(140);
  EXPECT_TRUE(calls_.empty());
  ASSERT_TRUE(settle());
  EXPECT_EQ(calls(), (Calls{{3, 140}}));
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{140}));
  EXPECT_EQ(xids_, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(reached_, 140U);
}

TEST_F(Follower, MarksAndConfirmsNothingOfATransactionThatIsOpen) {
  begin(110, 1);
  for (int id = 1; id <= 7; ++id) insert(id);
  EXPECT_EQ(calls(), (Calls{{3, 0}, {3, 0}}));  // in portions
  EXPECT_TRUE(confirmed_.empty());
  commit(120);
  settle();
  EXPECT_EQ(calls().back(), (std::pair<std::size_t, Lsn>{2, 120}));
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{120}));
}

TEST_F(Follower, MarksTheLastCompleteTransactionWhenTheNextIsLarge) {
  begin(110, 1);
  insert(1);
  commit(120);
  begin(130, 2);
  insert(2);
  insert(3);
  EXPECT_EQ(calls(), (Calls{{4, 120}}));
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{120}));
  EXPECT_EQ(xids_, (std::vector<std::uint32_t>{1}));
}

TEST_F(Follower, SkipsWhatIsBeforeTheMarkAndNotWhatIsAtIt) {
  begin(99, 1);
  insert(1);
  commit(100);
  settle();
  EXPECT_TRUE(calls_.empty());
  begin(100, 2);  // its commit record begins where the last one's ended
  insert(2);
  commit(120);
  settle();
  EXPECT_EQ(calls(), (Calls{{2, 120}}));
}

TEST_F(Follower, ConfirmsAKeepaliveOnlyOnceItIsMarked) {
  take(keepalive_message(200, true));
  EXPECT_EQ(calls(), (Calls{{1, 200}}));
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{200}));
  take(keepalive_message(300, false));  // no hurry
  EXPECT_EQ(calls(), (Calls{{1, 200}}));
  EXPECT_EQ(reached_, 300U);
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{200}));
  begin(310, 1);
  take(keepalive_message(300, true));
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{200, 200}));
}

TEST_F(Follower, MarksAnIdlePositionThatIsFarAhead) {
  take(keepalive_message(100 + options_.idle_step_bytes - 1, false));
  EXPECT_TRUE(calls_.empty());
  take(keepalive_message(100 + options_.idle_step_bytes, false));
  EXPECT_EQ(calls(), (Calls{{1, 100 + options_.idle_step_bytes}}));
}

TEST_F(Follower, ReadsNothingIntoAKeepaliveWithinATransaction) {
  begin(110, 1);
  insert(1);
  take(keepalive_message(100 + options_.idle_step_bytes, true));
  EXPECT_TRUE(calls_.empty());
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{100}));  // answered, with what is durable
  EXPECT_EQ(reached_, 0U);
}

TEST_F(Follower, AppliesWhatCameBeforeAKeepaliveFirst) {
  begin(110, 1);
  insert(1);
  commit(120);
  take(keepalive_message(150, true));
  EXPECT_EQ(calls(), (Calls{{2, 120}, {1, 150}}));
  EXPECT_EQ(reached_, 150U);
}

TEST_F(Follower, NeverGoesBack) {
  take(keepalive_message(50, true));
  EXPECT_TRUE(calls_.empty());
  EXPECT_EQ(confirmed_, (std::vector<Lsn>{100}));
}

TEST_F(Follower, ConfirmsNothingThatWasNotApplied) {
  begin(110, 1);
  insert(1);
  commit(120);
  is_stopping_ = true;
  EXPECT_FALSE(settle());
  EXPECT_TRUE(confirmed_.empty());
  EXPECT_TRUE(xids_.empty());
  EXPECT_EQ(mark_, start_mark);
}

TEST_F(Follower, AppliesWhatWasCompleteBeforeARowThatCannotBeRead) {
  begin(110, 1);
  insert(1);
  commit(120);
  begin(130, 2);
  EXPECT_FALSE(data(insert_account_message("0")));
  EXPECT_EQ(mark_.end_lsn, 120U);
  EXPECT_EQ(xids_, (std::vector<std::uint32_t>{1}));
}

TEST_F(Follower, ClosesWhatWasDeletedBeforeWhatCameAfterwards) {
  begin(110, 1);
  insert(1);
  data(delete_account_message("1"));
  data(delete_account_message("9"));  // the state never had it
  insert(1);
  commit(120);
  settle();
  begin(130, 2);
  insert(2);
  data(delete_account_message("2"));
  commit(140);
  settle();
  EXPECT_EQ(state_.copy().account({1}).value()->status, core::AccountStatus::active);
  EXPECT_EQ(state_.copy().account({2}).value()->status, core::AccountStatus::closed);
  EXPECT_FALSE(state_.copy().account({9}).value());
}

TEST_F(Follower, RefusesMessagesThatAreOutOfPlace) {
  EXPECT_FALSE(insert(1));
  EXPECT_FALSE(commit(120));
  EXPECT_FALSE(take("x"));
  EXPECT_FALSE(data("x"));
  begin(110, 1);
  EXPECT_FALSE(begin(130, 2));
}

TEST_F(Follower, RenewsTheIncarnationBetweenTransactionsAlone) {
  options_.incarnation_interval = std::chrono::milliseconds(0);
  store::Follower follower(options_, board_, handover_, mark_,
                           {[](store::Bytes) { return store::MirrorTry<void>(); },
                            {},
                            [this](const core::MirrorMark& mark) {
                              ++renewals_;
                              return store::MirrorTry<core::MirrorMark>(mark);
                            }});
  ASSERT_TRUE(follower.take(store::bytes_of(data_message(begin_message(110, 1)))));
  ASSERT_TRUE(follower.keep_in_touch());
  EXPECT_EQ(renewals_, 0);
  ASSERT_TRUE(follower.take(store::bytes_of(data_message(commit_message(110, 120)))));
  ASSERT_TRUE(follower.keep_in_touch());
  EXPECT_EQ(renewals_, 0);
  ASSERT_TRUE(follower.settle());
  ASSERT_TRUE(follower.keep_in_touch());
  EXPECT_EQ(renewals_, 1);
}

}  // namespace

}  // namespace authd::test
