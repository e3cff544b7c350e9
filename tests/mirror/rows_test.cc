#include "store/mirror/rows.h"

#include <gtest/gtest.h>

#include "store/format/keys.h"
#include "store/format/rows.h"
#include "store/mirror/changes.h"
#include "store/mirror/known.h"
#include "store/mirror/text_values.h"
#include "tests/mirror/messages.h"

namespace authd::store {

namespace {

using pgoutput::Value;

MirroredFields fields(const std::vector<std::string>& values) {
  static std::vector<std::string> kept;
  kept = values;
  MirroredFields result{};
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] != "-") result[i] = {Value::Kind::text, kept[i]};
  }
  return result;
}

std::string fault_of(MirroredTable table, const std::vector<std::string>& values) {
  const auto command = read_row(table, fields(values));
  return command ? "none" : command.error().column;
}

TEST(MirroredRows, ReadAnAccount) {
  const auto command =
      read_row(MirroredTable::account, fields({"7", "JPY", "2", "50", "20", "3", "-5"}));
  core::Account expected;
  expected.id = {7};
  expected.currency = *core::Currency::from_alpha("JPY");
  expected.status = core::AccountStatus::frozen;
  expected.overdraft_minor = 50;
  expected.minimum_minor = 20;
  expected.kyc = core::Kyc::verified;
  expected.posted_minor = -5;
  ASSERT_TRUE(command);
  EXPECT_EQ(*command, core::Command(core::MirrorAccount{expected}));
}

TEST(MirroredRows, NameTheFirstValueThatCannotBeRead) {
  const std::vector<std::string> good{"7", "JPY", "2", "50", "20", "3", "5"};
  const std::vector<std::pair<std::size_t, std::string>> bad{
      {0, "0"}, {0, "-1"}, {1, "jpy"}, {2, "0"}, {2, "4"}, {3, "-"}, {4, "x"}, {5, "5"}, {6, "-"}};
  const std::array<std::string, 7> names{
      "id", "currency", "status", "overdraft_minor", "minimum_minor", "kyc", "opening_minor"};
  EXPECT_EQ(fault_of(MirroredTable::account, good), "none");
  for (const auto& [column, value] : bad) {
    std::vector<std::string> values = good;
    values[column] = value;
    EXPECT_EQ(fault_of(MirroredTable::account, values), names[column]) << value;
  }
  EXPECT_EQ(fault_of(MirroredTable::card,
                     {"demo", "a b", "7", "1", "1970-01-01 00:00:00+00", "1970-01-01 00:00:00+00"}),
            "token");
}

TEST(MirroredRows, ReadACreditAsMoneyFromOutside) {
  const auto command = read_row(MirroredTable::credit, fields({"12", "7", "500", "USD", "6"}));
  core::MoveMoney expected;
  expected.program = *core::ProgramId::from("credit");
  expected.id = *core::MessageId::from("12");
  expected.kind = core::TransferKind::referral;
  expected.to = {7};
  expected.amount = {500, *core::Currency::from_alpha("USD")};
  expected.mirrored = true;
  ASSERT_TRUE(command);
  EXPECT_EQ(*command, core::Command(expected));
  EXPECT_EQ(fault_of(MirroredTable::credit, {"12", "7", "0", "USD", "6"}), "kind");
  EXPECT_EQ(fault_of(MirroredTable::credit, {"12", "7", "5", "USD", "2"}), "kind");
}

TEST(MirroredRows, ReadAControlUnderItsOwnNumberAlone) {
  const core::Owner owner{core::AccountId{7}};
  core::Control control;
  control.id = {5};
  std::vector<std::byte> image;
  encode_control(control, image);
  const std::string key = "\\x" + to_hex(controls_key(owner).view());
  const std::string bytes = "\\x" + to_hex(text_of(image));
  const auto command = read_row(MirroredTable::spend_control, fields({key, "5", bytes, "-"}));
  ASSERT_TRUE(command);
  EXPECT_EQ(*command, core::Command(core::MirrorControl{owner, control}));
  const auto removal = read_row(MirroredTable::spend_control, fields({key, "5", bytes, "now"}));
  ASSERT_TRUE(removal);
  EXPECT_EQ(*removal, core::Command(core::MirrorRemoval{owner, {5}}));
  EXPECT_EQ(fault_of(MirroredTable::spend_control, {key, "6", bytes, "-"}), "image");
  EXPECT_EQ(fault_of(MirroredTable::spend_control, {key, "5", "\\x00", "-"}), "image");
  EXPECT_EQ(fault_of(MirroredTable::spend_control, {"\\x00", "5", bytes, "-"}), "owner");
}

TEST(MirroredRows, FindColumnsByName) {
  const std::vector<std::string> columns{"opening_minor",   "version", "kyc",      "minimum_minor",
                                         "overdraft_minor", "status",  "currency", "id"};
  const auto shape = RowShape::of(MirroredTable::account, columns);
  ASSERT_TRUE(shape);
  const auto text = [](std::string_view value) { return Value{Value::Kind::text, value}; };
  const auto found = shape->fields(
      {text("9"), text("1"), text("1"), text("0"), text("0"), text("1"), text("USD"), text("7")});
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0].text, "7");
  EXPECT_EQ((*found)[6].text, "9");
  EXPECT_FALSE(shape->fields({text("9")}));
}

TEST(MirroredRows, RefuseColumnsThatAreUnknownOrMissing) {
  std::vector<std::string> columns{"id", "account_id", "amount_minor", "currency", "kind", "extra"};
  auto shape = RowShape::of(MirroredTable::credit, columns);
  ASSERT_FALSE(shape);
  EXPECT_EQ(describe(shape.error()), "unknown_column in authd.credit, column extra");
  columns = {"id", "account_id", "currency", "kind"};
  shape = RowShape::of(MirroredTable::credit, columns);
  ASSERT_FALSE(shape);
  EXPECT_EQ(describe(shape.error()), "missing_column in authd.credit, column amount_minor");
}

class MirroredChanges : public testing::Test {
 protected:
  void learn(std::string_view table, const std::vector<std::string>& columns) {
    const std::string message = test::relation_message(1, table, columns);
    const auto any = pgoutput::decode(bytes_of(message));
    ASSERT_TRUE(any);
    ASSERT_TRUE(changes_.learn(std::get<pgoutput::Relation>(*any)));
  }
  template <class T>
  std::vector<Change> take(const std::string& message) {
    message_ = message;
    const auto any = pgoutput::decode(bytes_of(message_));
    std::vector<Change> out;
    EXPECT_TRUE(changes_.take(std::get<T>(*any), out));
    return out;
  }

  Changes changes_;
  std::string message_;
};

TEST_F(MirroredChanges, TakeWhatWasNotSentFromTheOldRow) {
  learn("account",
        {"id", "currency", "status", "overdraft_minor", "minimum_minor", "kyc", "opening_minor"});
  const std::vector<std::string> old{"7", "USD", "1", "5", "0", "1", "0"};
  const std::vector<std::string> row{"7", "USD", "2", "?", "0", "1", "0"};
  const auto with_old = take<pgoutput::Update>(
      test::Bytes('U').number(1U).letter('O').tuple(old).letter('N').tuple(row).done());
  ASSERT_EQ(with_old.size(), 1U);
  const auto& command = std::get<core::Command>(with_old[0]);
  EXPECT_EQ(std::get<core::MirrorAccount>(command).account.overdraft_minor, 5);
  const auto without =
      take<pgoutput::Update>(test::Bytes('U').number(1U).letter('N').tuple(row).done());
  ASSERT_EQ(without.size(), 1U);
  EXPECT_EQ(std::get<Incomplete>(without[0]).key, MirroredKey(core::AccountId{7}));
}

TEST_F(MirroredChanges, EndTheRowWhoseKeyHasChanged) {
  learn("card", {"program", "token", "account_id", "status", "active_from", "expires_at"});
  const std::string at = "1970-01-01 00:00:00+00";
  const auto moved = take<pgoutput::Update>(test::Bytes('U')
                                                .number(1U)
                                                .letter('K')
                                                .tuple({"demo", "old", "-", "-", "-", "-"})
                                                .letter('N')
                                                .tuple({"demo", "new", "7", "1", at, at})
                                                .done());
  ASSERT_EQ(moved.size(), 2U);
  const CardKey old{*core::ProgramId::from("demo"), *core::CardToken::from("old")};
  EXPECT_EQ(std::get<Gone>(moved[0]).key, MirroredKey(old));
  EXPECT_TRUE(std::holds_alternative<core::Command>(moved[1]));
}

TEST_F(MirroredChanges, PassOverOtherTablesAndRefuseUnknownOnes) {
  learn("holder", {"id"});
  EXPECT_TRUE(
      take<pgoutput::Delete>(test::Bytes('D').number(1U).letter('K').tuple({"1"}).done()).empty());
  std::vector<Change> out;
  pgoutput::Delete unknown;
  unknown.relation = 2;
  EXPECT_FALSE(changes_.take(unknown, out));
}

TEST_F(MirroredChanges, KeepCreditsWhatever) {
  learn("credit", {"id", "account_id", "amount_minor", "currency", "kind"});
  EXPECT_TRUE(take<pgoutput::Delete>(
                  test::Bytes('D').number(1U).letter('K').tuple({"1", "-", "-", "-", "-"}).done())
                  .empty());
  EXPECT_TRUE(take<pgoutput::Truncate>(
                  test::Bytes('T').number(1U).number(std::uint8_t{0}).number(1U).done())
                  .empty());
}

TEST(CloseGone, GivesNothingThatTheStateKeepsItself) {
  core::Account account;
  account.id = {7};
  account.posted_minor = 1;
  account.held_minor = 2;
  account.pending_credit_minor = 3;
  account.overdraft_minor = 4;
  account.has_controls = true;
  core::Card card;
  card.program = *core::ProgramId::from("demo");
  card.token = *core::CardToken::from("t");
  card.account = {7};
  card.locked_to = *decltype(card.locked_to)::from("shop");
  card.has_controls = true;
  core::Account closed_already = account;
  closed_already.status = core::AccountStatus::closed;

  std::vector<core::Command> given;
  const KnownRows known = [&](const std::function<void(const core::Row&)>& visit) {
    for (const core::Row& row : {core::Row(account), core::Row(card), core::Row(closed_already)}) {
      visit(row);
    }
    return true;
  };
  ASSERT_TRUE(close_gone(
      known, [](const MirroredKey&) { return true; },
      [&given](core::Command command) {
        given.push_back(std::move(command));
        return true;
      }));
  core::MirrorAccount expected_account;
  expected_account.account.id = {7};
  expected_account.account.overdraft_minor = 4;
  expected_account.account.status = core::AccountStatus::closed;
  core::MirrorCard expected_card{card};
  expected_card.card.status = core::CardStatus::closed;
  expected_card.card.locked_to = {};
  expected_card.card.has_controls = false;
  EXPECT_EQ(given, (std::vector<core::Command>{expected_card, expected_account}));
}

TEST(KeySet, TellsKeysOfAllKindsApart) {
  const core::ProgramId demo = *core::ProgramId::from("demo");
  const core::CardToken token = *core::CardToken::from("t");
  const std::vector<MirroredKey> keys{core::AccountId{1},
                                      core::AccountId{11},
                                      CardKey{demo, token},
                                      ControlKey{{core::AccountId{1}}, {1}},
                                      ControlKey{{core::AccountId{1}}, {11}},
                                      ControlKey{{core::Owner::CardOwner{demo, token}}, {1}},
                                      CreditKey{1}};
  for (const MirroredKey& in : keys) {
    KeySet set;
    set.insert(in);
    set.seal();
    for (const MirroredKey& asked : keys) EXPECT_EQ(set.contains(asked), asked == in);
  }
}

}  // namespace

}  // namespace authd::store
