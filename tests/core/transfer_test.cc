// Transfers: what may be moved between whom, and what is declined and why.

#include <gtest/gtest.h>

#include <set>

#include "tests/core/wallets.h"

namespace authd::core::test {
namespace {

using Fault = Moved::Fault;
using Origin = Moved::Origin;

TEST_F(Transfers, ChangeBothWalletsInOneRecord) {
  const std::uint64_t record = world.next_sequence;
  const Moved done = moved(across("t", 30'00), noon + 5);
  EXPECT_EQ(done.origin, Origin::done);
  EXPECT_EQ(done.from_posted_minor, -30'00);
  EXPECT_EQ(done.to_posted_minor, 30'00);
  EXPECT_EQ(done.from_held_minor, 0);
  EXPECT_EQ(posted(1), 70'00);
  EXPECT_EQ(posted(2), 80'00);
  Transfer expected;
  expected.program = demo;
  expected.id = id("t");
  expected.kind = TransferKind::transfer;
  expected.from = {1};
  expected.to = {2};
  expected.amount = {30'00, usd};
  expected.requested_at = expected.changed_at = noon + 5;
  expected.begun_by = {record};
  EXPECT_EQ(done.transfer, expected);
  EXPECT_TRUE(rows == (std::vector<Row>{world.account_now(1), world.account_now(2), expected}));
}

TEST_F(Transfers, HaveTheSidesOfTheirKind) {
  using Sides = std::set<std::pair<std::int64_t, std::int64_t>>;
  const Sides in{{0, 1}, {0, 2}};
  const Sides out{{1, 0}, {2, 0}};
  const Sides between{{1, 2}, {2, 1}};
  const Sides either{{0, 1}, {0, 2}, {1, 0}, {2, 0}};
  const auto sides_of = [&](TransferKind kind) {
    switch (kind) {
      case TransferKind::top_up:
      case TransferKind::referral: return in;
      case TransferKind::withdrawal:
      case TransferKind::fee:
      case TransferKind::wire: return out;
      case TransferKind::transfer: return between;
      case TransferKind::correction: break;
    }
    return either;
  };
  for (const TransferKind kind : all_kinds) {
    for (std::int64_t from = -1; from <= 2; ++from) {
      for (std::int64_t to = -1; to <= 2; ++to) {
        EXPECT_EQ(is_valid(move("t", kind, from, to, 1)), sides_of(kind).contains({from, to}))
            << name(kind) << " from " << from << " to " << to;
      }
    }
    EXPECT_EQ(is_valid(reserved("t", kind, 1)),
              kind == TransferKind::wire || kind == TransferKind::withdrawal)
        << name(kind);
  }
  EXPECT_FALSE(is_valid(move("t", static_cast<TransferKind>(8), 1, 2, 1)));
}

TEST_F(Transfers, AreOfSomethingBySomebody) {
  EXPECT_TRUE(is_valid(across("t", 1)));
  EXPECT_FALSE(is_valid(across("t", 0)));
  EXPECT_FALSE(is_valid(across("t", -1)));
  const auto after = [](auto spoil) {
    MoveMoney spoiled = across("t", 1);
    spoil(spoiled);
    return is_valid(spoiled);
  };
  EXPECT_FALSE(after([](MoveMoney& m) { m.program = {}; }));
  EXPECT_FALSE(after([](MoveMoney& m) { m.id = {}; }));
  EXPECT_FALSE(after([](MoveMoney& m) { m.amount.currency = {}; }));
  EXPECT_TRUE(is_valid(mirrored(top_up("t", 1))));
  EXPECT_FALSE(is_valid(mirrored(across("t", 1)))) << "debits are reserved here first";
  EXPECT_FALSE(is_valid(mirrored(wire("t", 1))));
}

TEST_F(Transfers, ThatCannotBeAreNotRecorded) {
  Moved expected;
  expected.origin = Origin::refused;
  expected.fault = Fault::invalid;
  EXPECT_EQ(moved(across("t", 0)), expected);
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(moved(across("t", 1)).origin, Origin::done);
}

TEST_F(Transfers, MoveTheMoneyOfTheirKind) {
  const auto change_of = [this](TransferKind kind, std::int64_t from, std::int64_t to) {
    const std::int64_t before = posted();
    const Moved done = moved(move("t-" + std::to_string(world.next_sequence), kind, from, to, 10));
    EXPECT_EQ(done.transfer.status, TransferStatus::posted);
    EXPECT_EQ(rows.size(), 2U);
    EXPECT_EQ(done.from_posted_minor + done.to_posted_minor, posted() - before);
    return posted() - before;
  };
  EXPECT_EQ(change_of(TransferKind::top_up, 0, 1), 10);
  EXPECT_EQ(change_of(TransferKind::referral, 0, 1), 10);
  EXPECT_EQ(change_of(TransferKind::correction, 0, 1), 10);
  EXPECT_EQ(change_of(TransferKind::correction, 1, 0), -10);
  EXPECT_EQ(change_of(TransferKind::withdrawal, 1, 0), -10);
  EXPECT_EQ(change_of(TransferKind::fee, 1, 0), -10);
  EXPECT_EQ(change_of(TransferKind::wire, 1, 0), -10);
  EXPECT_EQ(held(), 0);
}

TEST_F(Transfers, SpendExactlyWhatIsThere) {
  EXPECT_EQ(reason(across("a", 100'01)), Reason::insufficient_funds);
  EXPECT_EQ(posted(), 100'00);
  EXPECT_EQ(reason(across("b", 100'00)), Reason::approved);
  EXPECT_EQ(posted(), 0);
  EXPECT_EQ(reason(across("c", 1)), Reason::insufficient_funds);
  world.change_account(5, 0);
  EXPECT_EQ(reason(across("d", 6)), Reason::insufficient_funds);
  EXPECT_EQ(reason(across("e", 5)), Reason::approved);
}

TEST_F(Transfers, LeaveWhatMustStayAndWhatCardsHold) {
  world.change_account(0, 10'00);
  EXPECT_EQ(world.reason(purchase("p", 40'00)), Reason::approved);
  EXPECT_EQ(reason(wire("a", 50'01)), Reason::insufficient_funds);
  EXPECT_EQ(reason(wire("b", 50'00)), Reason::approved);
  EXPECT_EQ(held(), 90'00);
  EXPECT_EQ(world.available(), 0);
  EXPECT_EQ(world.reason(purchase("q", 1)), Reason::insufficient_funds);
}

TEST_F(Transfers, AreDeclinedForTheFirstReasonInRank) {
  int steps = 0;
  MoveMoney asked = move("t", TransferKind::transfer, 8, 9, 200'00);
  asked.amount.currency = eur;
  const auto next = [&] {
    asked.id = id("t-" + std::to_string(++steps));
    const Moved declined = moved(asked);
    EXPECT_EQ(declined.origin, Origin::done);
    EXPECT_EQ(stored(asked.id.view()), declined.transfer);
    const bool moves = declined.transfer.status != TransferStatus::declined;
    EXPECT_EQ(declined.from_posted_minor, moves ? -200'00 : 0);
    EXPECT_EQ(declined.to_posted_minor, moves ? 200'00 : 0);
    return declined.transfer.reason;
  };
  change(1, [](Account& from) { from.status = AccountStatus::closed; });
  change(2, [](Account& to) {
    to.status = AccountStatus::closed;
    to.posted_minor = INT64_MAX;
  });
  EXPECT_EQ(next(), Reason::account_unknown);
  asked.from = {1};
  EXPECT_EQ(next(), Reason::account_unknown);
  asked.to = {2};
  EXPECT_EQ(next(), Reason::account_closed);
  change(1, [](Account& from) { from.status = AccountStatus::frozen; });
  EXPECT_EQ(next(), Reason::account_closed);
  change(2, [](Account& to) { to.status = AccountStatus::frozen; });
  EXPECT_EQ(next(), Reason::account_frozen);
  change(1, [](Account& from) { from.status = AccountStatus::active; });
  EXPECT_EQ(next(), Reason::currency_mismatch);
  change(1, [](Account& from) { from.currency = eur; });
  EXPECT_EQ(next(), Reason::currency_mismatch);
  change(2, [](Account& to) { to.currency = eur; });
  EXPECT_EQ(next(), Reason::insufficient_funds);
  change(1, [](Account& from) { from.posted_minor = 200'00; });
  EXPECT_EQ(next(), Reason::sum_out_of_range);
  EXPECT_EQ(posted(1), 200'00) << "not half done";
  change(2, [](Account& to) { to.posted_minor -= 200'00; });
  EXPECT_EQ(next(), Reason::approved) << "the frozen one may receive";
  EXPECT_EQ(posted(1), 0);
  EXPECT_EQ(posted(2), INT64_MAX);
}

TEST_F(Transfers, ThatAreDeclinedStayDeclined) {
  const Moved declined = moved(wire("t", 100'01));
  EXPECT_EQ(declined.transfer.status, TransferStatus::declined);
  EXPECT_EQ(declined.transfer.reason, Reason::insufficient_funds);
  EXPECT_EQ(declined.from_held_minor, 0);
  EXPECT_TRUE(rows == std::vector<Row>{declined.transfer});
  EXPECT_EQ(held(), 0);
  moved(top_up("money", 100'00));
  Moved repeated;
  repeated.origin = Origin::repeated;
  repeated.transfer = declined.transfer;
  EXPECT_EQ(moved(wire("t", 100'01)), repeated);
  EXPECT_TRUE(rows.empty());
  for (const TransferStatus next : {TransferStatus::reserved, TransferStatus::sent,
                                    TransferStatus::posted, TransferStatus::returned}) {
    EXPECT_EQ(advanced("t", next).fault, Fault::wrong_state) << name(next);
  }
}

TEST_F(Transfers, MoveNothingWhenTheyAreRepeated) {
  const Moved first = moved(across("t", 30'00));
  const Moved again = moved(across("t", 30'00), noon + 1);
  EXPECT_EQ(again.origin, Origin::repeated);
  EXPECT_EQ(again.transfer, first.transfer);
  EXPECT_EQ(again.from_posted_minor, 0);
  EXPECT_EQ(again.to_posted_minor, 0);
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(posted(), 70'00);
}

TEST_F(Transfers, WithOtherMoneyUnderTheSameIdConflict) {
  const MoveMoney first = reserved("t", TransferKind::withdrawal, 30'00);
  moved(first);
  const auto fault = [&](auto spoil) {
    MoveMoney other = first;
    spoil(other);
    const Moved refused = moved(other);
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(refused.transfer, stored("t"));
    return refused.fault;
  };
  EXPECT_EQ(fault([](MoveMoney& m) { m.kind = TransferKind::wire; }), Fault::conflict);
  EXPECT_EQ(fault([](MoveMoney& m) { m.from = {2}; }), Fault::conflict);
  EXPECT_EQ(fault([](MoveMoney& m) { m.amount.minor_units += 1; }), Fault::conflict);
  EXPECT_EQ(fault([](MoveMoney& m) { m.amount.currency = eur; }), Fault::conflict);
  EXPECT_EQ(fault([](MoveMoney& m) { m.reserve = false; }), Fault::conflict);
  moved(top_up("u", 1));
  EXPECT_EQ(moved(move("u", TransferKind::top_up, 0, 2, 1)).fault, Fault::conflict);
  EXPECT_EQ(moved(mirrored(top_up("u", 1))).origin, Origin::repeated) << "whoever says it";
  MoveMoney elsewhere = first;
  elsewhere.program = *ProgramId::from("other");
  EXPECT_EQ(moved(elsewhere).origin, Origin::done) << "ids are the program's own";
}

TEST_F(Transfers, ThatPostgresHasAlreadyAreTakenWhateverTheStatus) {
  for (const AccountStatus status : {AccountStatus::frozen, AccountStatus::closed}) {
    const std::string name = "t-" + std::to_string(static_cast<int>(status));
    change(1, [status](Account& to) { to.status = status; });
    EXPECT_EQ(reason(mirrored(top_up(name, 1))), Reason::approved);
    EXPECT_TRUE(stored(name).mirrored);
  }
  EXPECT_EQ(posted(), 100'02);
  EXPECT_EQ(reason(mirrored(move("a", TransferKind::top_up, 0, 9, 1))), Reason::account_unknown);
  MoveMoney euros = mirrored(top_up("b", 1));
  euros.amount.currency = eur;
  EXPECT_EQ(reason(euros), Reason::currency_mismatch);
  EXPECT_EQ(reason(mirrored(top_up("c", INT64_MAX - 100'01))), Reason::sum_out_of_range);
  EXPECT_EQ(reason(mirrored(top_up("d", INT64_MAX - 100'02))), Reason::approved);
  EXPECT_EQ(posted(), INT64_MAX);
}

TEST_F(Transfers, AskForNobodysKyc) {
  Program strict = program();
  strict.kyc = KycPolicy::verified;
  world.configure(strict);
  EXPECT_EQ(world.reason(purchase("p", 1)), Reason::holder_not_verified);
  EXPECT_EQ(reason(across("t", 1)), Reason::approved);
}

TEST_F(Transfers, HaveNamesThatDiffer) {
  std::set<std::string_view> names;
  for (const TransferKind kind : all_kinds) names.insert(name(kind));
  for (const TransferStatus status : all_statuses) names.insert(name(status));
  EXPECT_EQ(names.size(), all_kinds.size() + all_statuses.size());
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace authd::core::test
