// Keys: their order, their bounds, and what is none.

#include <gtest/gtest.h>

#include "tests/store/format_samples.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;

TEST(RowKeys, OfOneOwnerAreNeighbours) {
  EXPECT_LT(account_key({1}), usage_key(account_owner(1)));
  EXPECT_LT(usage_key(account_owner(1)), controls_key(account_owner(1)));
  EXPECT_LT(controls_key(account_owner(1)), account_key({2}));
  EXPECT_LT(authorization_key({255}), authorization_key({256}));
  EXPECT_LT(due_slot_key(255), due_slot_key(256));
}

TEST(RowKeys, TheLongestFits) {
  const auto program = *ProgramId::from(std::string(ProgramId::size_max, 'p'));
  const auto card = *CardToken::from(std::string(CardToken::size_max, 'c'));
  const auto message = *MessageId::from(std::string(MessageId::size_max, 'm'));
  EXPECT_EQ(usage_key({Owner::CardOwner{program, card}}).view().size(), 100U);
  EXPECT_EQ(message_key(program, message).view().size(), 99U);
  EXPECT_EQ(transfer_key(program, message).view().size(), 99U);
}

TEST(RowKeys, SayWhichKindOfRowTheyAreOf) {
  for (const auto& [name, row] : ordinary_rows()) {
    EXPECT_EQ(static_cast<std::size_t>(kind_of_key(key_of(row).view())), row.index() + 1) << name;
  }
  EXPECT_EQ(kind_of_key(""), RowKind::nothing);
  EXPECT_EQ(kind_of_key("X"), RowKind::nothing);
  EXPECT_EQ(kind_of_key("A"), RowKind::nothing);
  EXPECT_EQ(kind_of_key("P\x03"), RowKind::nothing);
}

TEST(RowKeys, AreRefusedWhenTheyAreNone) {
  const std::string whole(account_key({1}).view());
  Account account;
  EXPECT_TRUE(read_key(whole, account));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_key(whole.substr(0, size), account)) << size;
  }
  EXPECT_FALSE(read_key(whole + '\0', account));
  EXPECT_FALSE(read_key(usage_key(account_owner(1)).view(), account));
  EXPECT_FALSE(read_key(account_key({0}).view(), account));
  EXPECT_FALSE(read_key(account_key({-1}).view(), account));
  Usage usage;
  EXPECT_TRUE(read_key(usage_key(account_owner(1)).view(), usage));
  EXPECT_FALSE(read_key(controls_key(account_owner(1)).view(), usage));
  EXPECT_FALSE(read_key(message_key(program_id(), message_id("m")).view(), usage));
  Message message;
  EXPECT_FALSE(read_key(message_key(program_id(), {}).view(), message));
  EXPECT_FALSE(read_key(notice_key(program_id(), message_id("m")).view(), message));
  DueCursor cursor;
  EXPECT_TRUE(read_key("E", cursor));
  EXPECT_FALSE(read_key("E0", cursor));
  Transfer transfer;
  EXPECT_TRUE(read_key(transfer_key(program_id(), message_id("t")).view(), transfer));
  EXPECT_FALSE(read_key(transfer_key(program_id(), {}).view(), transfer));
  EXPECT_FALSE(read_key(message_key(program_id(), message_id("t")).view(), transfer));
  MirrorMark mark;
  EXPECT_TRUE(read_key("W", mark));
  EXPECT_FALSE(read_key("W0", mark));
  EXPECT_FALSE(read_key("E", mark));
}

}  // namespace
}  // namespace authd::store
