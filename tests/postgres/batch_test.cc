// What Batch::add says to records that are damaged, or contradict themselves.

#include "store/postgres/batch.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/store/samples.h"

namespace authd::test {

namespace {

using store::Batch;
using store::FormatError;
using store::Record;

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

store::RecordView view_of(const Record& record, store::Bytes payload) {
  return {record.moment.sequence, record.moment.at,
          static_cast<std::uint16_t>(store::kind_of(record.command)), store::record_version,
          payload};
}

core::Result<void, FormatError> added(const Record& record) {
  Batch batch(1);
  const auto payload = store::test::payload_of(record);
  return batch.add(view_of(record, payload));
}

Record sample(std::string_view name) {
  for (auto& [its_name, record] : store::test::ordinary_records()) {
    if (its_name == name) return record;
  }
  ADD_FAILURE() << "no sample " << name;
  return {};
}

void expect_malformed(const Record& record) {
  const auto refused = added(record);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), FormatError::malformed);
}

TEST(Batch, TakesEveryKindOfRecord) {
  std::uint32_t kinds = 0;
  for (const auto& [name, record] : store::test::ordinary_records()) {
    EXPECT_TRUE(added(record)) << name;
    kinds |= 1U << static_cast<unsigned>(store::kind_of(record.command));
  }
  EXPECT_EQ(kinds, (2U << store::record_kind_last) - 2);  // from 1 on
}

TEST(Batch, RefusesEveryKindOfRecordThatIsCutOffOrTooLong) {
  for (const auto& [name, record] : store::test::ordinary_records()) {
    std::vector<std::byte> payload = store::test::payload_of(record);
    payload.push_back(std::byte{0});
    for (std::size_t size = 0; size <= payload.size(); ++size) {
      if (size + 1 == payload.size()) continue;  // as it should be
      Batch batch(1);
      const auto refused = batch.add(view_of(record, store::Bytes(payload).first(size)));
      ASSERT_FALSE(refused) << name << ", " << size << " bytes";
      EXPECT_EQ(batch.records(), 0U);
    }
  }
}

// Whatever a byte is changed to: an error, or a record that is another one. Each byte of a row's
// image is under its checksum.
TEST(Batch, SurvivesAnyByteOfAnyRecord) {
  Batch batch(1);
  for (const auto& [name, record] : store::test::ordinary_records()) {
    const std::vector<std::byte> whole = store::test::payload_of(record);
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const std::byte flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
        std::vector<std::byte> payload = whole;
        payload[at] ^= flip;
        refused += batch.add(view_of(record, payload)) ? 0 : 1;
        batch.clear();
      }
    }
    EXPECT_GT(refused, 0) << name;
  }
}

TEST(Batch, RefusesKindsAndVersionsThatItDoesNotKnow) {
  Batch batch(1);
  const Record record = sample("zone_defined");
  const auto payload = store::test::payload_of(record);
  for (const int kind : {0, store::record_kind_last + 1, 65'535}) {
    auto view = view_of(record, payload);
    view.kind = static_cast<std::uint16_t>(kind);
    EXPECT_FALSE(batch.add(view)) << kind;
  }
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0, 1, 2, 4}) {
    auto view = view_of(record, payload);
    view.version = version;
    const auto refused = batch.add(view);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), FormatError::version);
  }
  EXPECT_TRUE(batch.empty());
}

TEST(Batch, RefusesARequestWithoutItsMessage) {
  Record record = sample("request");
  std::erase_if(record.rows,
                [](const core::Row& row) { return std::holds_alternative<core::Message>(row); });
  expect_malformed(record);
}

TEST(Batch, RefusesABalanceThatNoHoldCanHaveMade) {
  Record record = sample("request");
  record.rows.emplace_back(store::test::an_account());
  record.explanation.before.available_minor = smallest;
  std::get<core::Answer>(record.outcome).decision.balance.available_minor = 1;
  expect_malformed(record);
}

TEST(Batch, RefusesAControlThatItsSetDoesNotHave) {
  Record record = sample("control_set");
  std::get<core::SetControl>(record.command).control.id = {99};
  expect_malformed(record);
  record = sample("control_set");
  record.rows = {store::test::an_account()};
  expect_malformed(record);
}

TEST(Batch, RefusesAnExpiryThatNamesNoAuthorization) {
  Record record = sample("expiry");
  ASSERT_NE(std::get<core::Booking>(record.outcome).held_minor, 0);
  record.rows.clear();
  expect_malformed(record);
}

TEST(Batch, RefusesEntriesThatWouldLeaveInt64) {
  Record record = sample("event");
  core::Booking& booking = std::get<core::Booking>(record.outcome);
  booking.posted_minor = smallest;
  booking.held_minor = 0;
  expect_malformed(record);
  booking.posted_minor = greatest;
  booking.held_minor = -1;
  expect_malformed(record);
  booking.held_minor = 0;
  EXPECT_TRUE(added(record));
  booking.posted_minor = -greatest;
  booking.held_minor = 1;
  EXPECT_TRUE(added(record));
}

TEST(Batch, RefusesAnAuthorizationWhoseSumsLeaveInt64) {
  Record record = sample("expiry");
  for (core::Row& row : record.rows) {
    if (auto* const authorization = std::get_if<core::Authorization>(&row)) {
      authorization->closure = core::Closure::open;
      authorization->approved_minor = greatest;
      authorization->adjusted_minor = greatest;
    }
  }
  expect_malformed(record);
}

TEST(Batch, CountsItsRecordsUntilItIsCleared) {
  Batch batch(1);
  EXPECT_TRUE(batch.empty());
  Record record = sample("request");
  const core::Money money = std::get<core::Request>(record.command).amount;
  std::get<core::Answer>(record.outcome).decision = {core::Reason::approved, money, {}};
  const auto payload = store::test::payload_of(record);
  ASSERT_TRUE(batch.add(view_of(record, payload)));
  EXPECT_EQ(batch.records(), 1U);
  EXPECT_EQ(batch.last(), record.moment.sequence);
  EXPECT_GT(batch.bytes(), 100U);
  store::Exposure exposure;
  exposure.unconfirmed(batch.approvals());
  EXPECT_EQ(exposure.snapshot().size(), 1U);
  batch.clear();
  store::Exposure none;
  none.unconfirmed(batch.approvals());
  EXPECT_TRUE(none.snapshot().empty());
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.bytes(), 0U);
}

}  // namespace

}  // namespace authd::test
