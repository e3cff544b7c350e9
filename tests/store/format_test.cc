// The stored formats. The golden files pin the bytes: a change that breaks data written earlier
// fails here. A new version gets golden files of its own; these stay, and stay readable.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "store/format/records.h"
#include "store/format/rows.h"
#include "tests/core/world.h"
#include "tests/store/hex.h"

namespace authd::store {
namespace {

using namespace core;
using core::test::usd;

// The line of tests/store/golden/<file> that begins with `name`.
std::string golden(const std::string& file, const std::string& name) {
  std::ifstream in(std::string(AUTHD_TEST_DATA) + "/store/golden/" + file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  }
  return "no golden line " + name + " in " + file;
}

Account an_account() {
  Account account = core::test::account();
  account.status = AccountStatus::frozen;
  account.held_minor = 12'34;
  account.daily_limit_minor = 500'00;
  return account;
}

Card a_card() {
  Card card = core::test::card();
  card.transaction_limit_minor = 50'00;
  return card;
}

Hold a_hold() {
  return {{7},
          {1},
          *ProgramId::from("demo"),
          *CardToken::from("card-1"),
          *MessageId::from("m1"),
          {12'34, usd},
          HoldStatus::open,
          core::test::noon};
}

Usage a_usage() {
  return {{UsageOwner::CardOwner{*ProgramId::from("demo"), *CardToken::from("card-1")}},
          Window::day,
          {20'759},
          12'34,
          3};
}

Usage an_account_usage() { return {{AccountId{1}}, Window::day, {20'759}, 12'34, 3}; }

Idempotency an_idempotency() {
  return {*ProgramId::from("demo"),
          *MessageId::from("m1"),
          *CardToken::from("card-1"),
          Kind::cash,
          {12'34, usd},
          {Reason::approved, {12'34, usd}, {100'00, 87'66}},
          {7},
          core::test::noon};
}

std::vector<std::pair<std::string, Row>> all_rows() {
  return {{"account", an_account()},
          {"card", a_card()},
          {"hold", a_hold()},
          {"card_usage", a_usage()},
          {"account_usage", an_account_usage()},
          {"idempotency", an_idempotency()}};
}

std::string stored(const Row& row) {
  const RowKey key = key_of(row);
  std::vector<std::byte> value;
  encode_value(key, row, value);
  return hex(bytes_of(key.view())) + " " + hex(value);
}

TEST(RowFormat, MatchesTheGoldenFile) {
  for (const auto& [name, row] : all_rows())
    EXPECT_EQ(stored(row), golden("rows-1.txt", name)) << name;
}

TEST(RowFormat, ReadsBackWhatItWrote) {
  for (const auto& [name, row] : all_rows()) {
    const RowKey key = key_of(row);
    std::vector<std::byte> value;
    encode_value(key, row, value);
    const auto decoded = decode_row(key.view(), value);
    ASSERT_TRUE(decoded) << name;
    EXPECT_TRUE(*decoded == row) << name;
  }
}

TEST(RowFormat, RefusesEveryChangedByteAndEveryLength) {
  for (const auto& [name, row] : all_rows()) {
    const RowKey key = key_of(row);
    std::vector<std::byte> value;
    encode_value(key, row, value);
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::vector<std::byte> damaged = value;
      damaged[i] ^= std::byte{0x10};
      EXPECT_FALSE(decode_row(key.view(), damaged)) << name << " byte " << i;
      EXPECT_FALSE(decode_row(key.view(), Bytes(value).first(i))) << name << " length " << i;
    }
    std::string other_key(key.view());
    other_key.back() = static_cast<char>(other_key.back() ^ 1);
    EXPECT_FALSE(decode_row(other_key, value)) << name << " under another key";
  }
}

TEST(RowFormat, KeysOfOneOwnerAreNeighbours) {
  EXPECT_LT(account_key({1}), usage_key({AccountId{1}}, Window::day));
  EXPECT_LT(usage_key({AccountId{1}}, Window::day), account_key({2}));
  EXPECT_LT(hold_key({255}), hold_key({256}));
}

TEST(RowFormat, TheLongestKeyFits) {
  const auto program = *ProgramId::from(std::string(ProgramId::size_max, 'p'));
  const auto card = *CardToken::from(std::string(CardToken::size_max, 'c'));
  const auto message = *MessageId::from(std::string(MessageId::size_max, 'm'));
  EXPECT_EQ(usage_key({UsageOwner::CardOwner{program, card}}, Window::day).view().size(), 101U);
  EXPECT_EQ(idempotency_key(program, message).view().size(), 99U);
}

struct Recorded {
  Command command;
  Applied applied;
  std::vector<std::byte> payload;
};

Recorded record(core::test::World& world, const Command& command) {
  Recorded recorded{command, world.apply(command), {}};
  encode_record(command, recorded.applied, recorded.payload);
  return recorded;
}

Request a_request() {
  Request request = core::test::purchase("m1", 12'34);
  request.merchant = {5814, *InlineText<32>::from("000000000471183"),
                      *InlineText<64>::from("KESTREL COFFEE 04"), *InlineText<3>::from("USA")};
  return request;
}

std::vector<std::pair<std::string, Recorded>> all_records() {
  core::test::World world;
  Account second = core::test::account();
  second.id = {2};
  Card its_card = core::test::card();
  its_card.token = *CardToken::from("card-2");
  its_card.account = {2};
  std::vector<std::pair<std::string, Recorded>> records;
  records.emplace_back("account_opened", record(world, OpenAccount{second}));
  records.emplace_back("card_issued", record(world, IssueCard{its_card}));
  records.emplace_back("approved", record(world, a_request()));
  records.emplace_back("declined", record(world, core::test::purchase("m2", 500'00)));
  return records;
}

TEST(RecordFormat, MatchesTheGoldenFile) {
  for (const auto& [name, recorded] : all_records()) {
    EXPECT_EQ(hex(recorded.payload), golden("records-1.txt", name)) << name;
  }
}

TEST(RecordFormat, ReadsBackWhatItWrote) {
  for (const auto& [name, recorded] : all_records()) {
    const auto kind = static_cast<std::uint16_t>(kind_of(recorded.command));
    const auto decoded = decode_record(kind, record_version, core::test::noon, recorded.payload);
    ASSERT_TRUE(decoded) << name;
    EXPECT_TRUE(decoded->command == recorded.command) << name;
    EXPECT_TRUE(decoded->outcome == recorded.applied.outcome) << name;
    const auto rows = recorded.applied.changes.rows();
    EXPECT_TRUE(std::equal(rows.begin(), rows.end(), decoded->rows.begin(), decoded->rows.end()))
        << name;
    EXPECT_EQ(decode_images(recorded.payload)->size(), rows.size()) << name;
  }
}

TEST(RecordFormat, RefusesWhatIsNotARecord) {
  for (const auto& [name, recorded] : all_records()) {
    const auto kind = static_cast<std::uint16_t>(kind_of(recorded.command));
    for (std::size_t size = 0; size < recorded.payload.size(); ++size) {
      EXPECT_FALSE(decode_record(kind, record_version, {}, Bytes(recorded.payload).first(size)))
          << name << size;
    }
    EXPECT_EQ(decode_record(kind, record_version + 1, {}, recorded.payload).error(),
              FormatError::version);
    EXPECT_FALSE(decode_record(99, record_version, {}, recorded.payload));
    std::vector<std::byte> longer = recorded.payload;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(decode_record(kind, record_version, {}, longer)) << name;
  }
  const std::vector<std::byte> too_many_rows{std::byte{200}};
  EXPECT_FALSE(decode_images(too_many_rows));
}

}  // namespace
}  // namespace authd::store
