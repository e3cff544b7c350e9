// Records as bytes. The golden file pins them: a change that breaks a journal written earlier fails
// here.

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>

#include "store/journal/layout.h"
#include "tests/store/format_samples.h"
#include "tests/store/golden.h"
#include "tests/store/hex.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;

TEST(RecordFormat, MatchesTheGoldenFile) {
  for (const auto& [name, record] : ordinary_records()) {
    EXPECT_EQ(hex(payload_of(record)), golden("records-3.txt", name)) << name;
  }
}

TEST(RecordFormat, ReadsBackWhatItWrote) {
  auto records = ordinary_records();
  records.emplace_back("largest_request", largest_request());
  for (const auto& [name, record] : records) {
    const std::vector<std::byte> payload = payload_of(record);
    const auto read = decoded(record, payload);
    ASSERT_TRUE(read) << name << " " << store::name(read.error());
    EXPECT_TRUE(same(*read, record)) << name;
    EXPECT_EQ(decode_images(payload)->size(), record.rows.size()) << name;
  }
}

TEST(RecordFormat, HasAKindForEveryCommand) {
  std::set<RecordKind> kinds;
  for (const auto& [name, record] : ordinary_records()) kinds.insert(kind_of(record.command));
  EXPECT_EQ(kinds.size(), std::variant_size_v<Command>);
  EXPECT_EQ(kinds.size(), record_kind_last);
  EXPECT_EQ(static_cast<std::uint16_t>(*kinds.rbegin()), record_kind_last);
}

TEST(RecordFormat, TheRequestThatCountsMostFitsTheJournal) {
  const std::size_t bytes = payload_of(largest_request()).size();
  EXPECT_LE(bytes, payload_bytes_max);
  EXPECT_GT(bytes, payload_bytes_max / 2);  // it is a large one
}

TEST(RecordFormat, RefusesWhatIsNotARecord) {
  for (const auto& [name, record] : ordinary_records()) {
    const std::vector<std::byte> payload = payload_of(record);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      EXPECT_FALSE(decoded(record, Bytes(payload).first(size))) << name << " length " << size;
    }
    std::vector<std::byte> longer = payload;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(decoded(record, longer)) << name;
    const auto kind = static_cast<std::uint16_t>(kind_of(record.command));
    for (const std::uint16_t version : std::array<std::uint16_t, 3>{1, 2, 4}) {
      EXPECT_EQ(decode_record(kind, version, moment, payload).error(), FormatError::version);
    }
    for (const std::uint16_t other : std::array<std::uint16_t, 3>{0, record_kind_last + 1, 99}) {
      EXPECT_FALSE(decode_record(other, record_version, moment, payload)) << name << other;
    }
  }
}

// The journal's checksum stands before this: nothing has to be noticed, but nothing may go wrong.
TEST(RecordFormat, SurvivesEveryChangedByte) {
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (const auto& [name, record] : ordinary_records()) {
    const std::vector<std::byte> payload = payload_of(record);
    for (std::size_t i = 0; i < payload.size(); ++i) {
      for (const unsigned bits : {0x01U, 0x80U, 0xFFU}) {
        std::vector<std::byte> damaged = payload;
        damaged[i] ^= static_cast<std::byte>(bits);
        const auto read = decoded(record, damaged);
        ++tried;
        if (!read) {
          ++refused;
        } else {
          EXPECT_TRUE(decoded(*read, payload_of(*read))) << name << " byte " << i;
        }
      }
    }
  }
  EXPECT_GT(refused, tried / 2);  // row checksums at least
}

Record record_of(RecordKind kind) {
  for (const auto& [name, record] : ordinary_records()) {
    if (kind_of(record.command) == kind) return record;
  }
  ADD_FAILURE() << static_cast<int>(kind);
  return {};
}

TEST(RecordFormat, KnowsWhatWasSetUpFromItsOnlyRow) {
  for (const auto& [name, record] : ordinary_records()) {
    const RecordKind kind = kind_of(record.command);
    if (kind != RecordKind::account_opened && kind != RecordKind::card_issued &&
        kind != RecordKind::program_configured && kind != RecordKind::zone_defined &&
        kind != RecordKind::card_mirrored && kind != RecordKind::mirror_marked) {
      continue;
    }
    const Row& row = record.rows.front();
    const std::size_t image = 1 + 1 + key_of(row).view().size() + 2 + value_of(row).size();
    EXPECT_EQ(payload_of(record).size(), image) << name;  // and not a byte more
    Record other = record;
    other.rows.front() = DueCursor{1};
    EXPECT_FALSE(decoded(other, payload_of(other))) << name;
    other = record;
    other.rows.push_back(DueCursor{1});
    EXPECT_FALSE(decoded(other, payload_of(other))) << name;
  }
}

TEST(RecordFormat, HasAsManyRowsAsACommandChanges) {
  Record record = record_of(RecordKind::expiry);
  record.rows.assign(Applied::rows_max, an_account());
  EXPECT_TRUE(decoded(record, payload_of(record)));
  record.rows.push_back(an_account());
  EXPECT_FALSE(decoded(record, payload_of(record)));
  EXPECT_FALSE(decode_images(payload_of(record)));
  record.rows.clear();
  EXPECT_FALSE(decoded(record, payload_of(record)));
}

// Whether the record can be read after `change`, which gets it and what `Part` it changes.
template <class Part, class Change>
bool readable_after(RecordKind kind, Change change) {
  Record record = record_of(kind);
  if constexpr (std::is_same_v<Part, Explanation>) {
    change(record.explanation);
  } else if constexpr (std::is_same_v<Part, Booking> || std::is_same_v<Part, Answer>) {
    change(std::get<Part>(record.outcome));
  } else {
    change(std::get<Part>(record.command));
  }
  return decoded(record, payload_of(record)).has_value();
}

TEST(RecordFormat, RefusesRequestsBeyondTheirBounds) {
  const auto after = [](auto change) {
    return readable_after<Request>(RecordKind::request, change);
  };
  EXPECT_TRUE(after([](Request&) {}));
  EXPECT_TRUE(after([](Request& r) { r.authorization = {}; }));
  EXPECT_TRUE(after([](Request& r) { r.details.currency = {}; }));
  EXPECT_FALSE(after([](Request& r) { r.program = {}; }));
  EXPECT_FALSE(after([](Request& r) { r.message = {}; }));
  EXPECT_FALSE(after([](Request& r) { r.card = {}; }));
  EXPECT_FALSE(after([](Request& r) { r.kind = static_cast<Kind>(8); }));
  EXPECT_FALSE(after([](Request& r) { r.details.entry_mode = static_cast<EntryMode>(10); }));
  EXPECT_FALSE(after([](Request& r) { r.details.card_presence = static_cast<CardPresence>(4); }));
  EXPECT_FALSE(after([](Request& r) { r.details.channel = static_cast<Channel>(6); }));
  EXPECT_FALSE(after([](Request& r) { r.details.wallet = static_cast<Wallet>(6); }));
  EXPECT_FALSE(after([](Request& r) { r.details.recurrence = static_cast<Recurrence>(5); }));
  EXPECT_FALSE(after([](Request& r) { r.details.address = static_cast<Verification>(5); }));
  EXPECT_FALSE(after([](Request& r) { r.details.security_code = static_cast<Verification>(0); }));
  EXPECT_FALSE(after([](Request& r) { r.details.cardholder = static_cast<Verification>(5); }));
  EXPECT_FALSE(readable_after<Answer>(
      RecordKind::request, [](Answer& a) { a.decision.reason = static_cast<Reason>(1); }));
}

TEST(RecordFormat, RefusesEventsAndBookingsBeyondTheirBounds) {
  const auto after = [](auto change) { return readable_after<Event>(RecordKind::event, change); };
  EXPECT_TRUE(after([](Event& e) { e.authorization = e.about = {}; }));
  EXPECT_TRUE(after([](Event& e) { e.card = {}; }));
  EXPECT_FALSE(after([](Event& e) { e.notice = {}; }));
  EXPECT_FALSE(after([](Event& e) { e.kind = static_cast<EventKind>(13); }));
  EXPECT_FALSE(after([](Event& e) { e.transaction = static_cast<Kind>(8); }));
  const auto origin = [](Booking::Origin changed) {
    return readable_after<Booking>(RecordKind::event,
                                   [changed](Booking& b) { b.origin = changed; });
  };
  EXPECT_TRUE(origin(Booking::Origin::booked));
  EXPECT_TRUE(origin(Booking::Origin::nothing));
  EXPECT_FALSE(origin(Booking::Origin::repeated));  // never recorded
  EXPECT_FALSE(origin(Booking::Origin::refused));
  EXPECT_FALSE(origin(static_cast<Booking::Origin>(5)));
}

TEST(RecordFormat, KeepsEachFlagOfABookingApart) {
  for (bool Booking::*const flag : {&Booking::unasked, &Booking::over_captured, &Booking::late,
                                    &Booking::ghost, &Booking::below_zero}) {
    Record record = record_of(RecordKind::abandoned);
    Booking booking;
    booking.*flag = true;
    record.outcome = booking;
    const auto read = decoded(record, payload_of(record));
    ASSERT_TRUE(read);
    EXPECT_TRUE(std::get<Booking>(read->outcome) == booking);
  }
}

TEST(RecordFormat, RefusesChangesBeyondTheirBounds) {
  EXPECT_FALSE(readable_after<ChangeAccount>(RecordKind::account_changed, [](ChangeAccount& c) {
    c.status = static_cast<AccountStatus>(4);
  }));
  for (const int kyc : {0, 5}) {
    EXPECT_FALSE(readable_after<ChangeAccount>(
        RecordKind::account_changed, [kyc](ChangeAccount& c) { c.kyc = static_cast<Kyc>(kyc); }));
  }
  EXPECT_FALSE(readable_after<ChangeCard>(
      RecordKind::card_changed, [](ChangeCard& c) { c.status = static_cast<CardStatus>(5); }));
  EXPECT_FALSE(
      readable_after<ChangeCard>(RecordKind::card_changed, [](ChangeCard& c) { c.program = {}; }));
  EXPECT_FALSE(readable_after<SetControl>(RecordKind::control_set,
                                          [](SetControl& s) { s.control.id = {}; }));
  EXPECT_FALSE(readable_after<RemoveControl>(RecordKind::control_removed,
                                             [](RemoveControl& r) { r.owner = {ProgramId{}}; }));
  EXPECT_FALSE(readable_after<Abandon>(RecordKind::abandoned, [](Abandon& a) { a.message = {}; }));
  EXPECT_FALSE(readable_after<MirrorControl>(RecordKind::control_mirrored,
                                             [](MirrorControl& m) { m.control.id = {}; }));
  EXPECT_FALSE(readable_after<MirrorRemoval>(RecordKind::control_removal_mirrored,
                                             [](MirrorRemoval& r) { r.owner = {ProgramId{}}; }));
}

TEST(RecordFormat, KnowsWhatWasMirroredFromItsOnlyRow) {
  for (const RecordKind kind : {RecordKind::account_mirrored, RecordKind::card_mirrored}) {
    Record record = record_of(kind);
    EXPECT_TRUE(decoded(record, payload_of(record))->command == record.command);
    record.rows.push_back(record.rows.front());
    EXPECT_FALSE(decoded(record, payload_of(record)));
    record.rows = {DueCursor{1}};
    EXPECT_FALSE(decoded(record, payload_of(record)));
  }
}

TEST(RecordFormat, KnowsATransferFromItsLastRow) {
  for (const RecordKind kind : {RecordKind::transfer_begun, RecordKind::transfer_advanced}) {
    Record record = record_of(kind);
    std::swap(record.rows.front(), record.rows.back());
    EXPECT_FALSE(decoded(record, payload_of(record)));
    record.rows.pop_back();  // the accounts need not have changed
    EXPECT_TRUE(decoded(record, payload_of(record)));
  }
}

TEST(RecordFormat, KeepsEachChangeOfATransferApart) {
  for (std::int64_t Moved::*const change :
       {&Moved::from_held_minor, &Moved::from_posted_minor, &Moved::to_posted_minor}) {
    Record record = record_of(RecordKind::transfer_begun);
    Moved moved;
    moved.transfer = std::get<Transfer>(record.rows.back());
    moved.*change = std::numeric_limits<std::int64_t>::min();
    record.outcome = moved;
    const auto read = decoded(record, payload_of(record));
    ASSERT_TRUE(read);
    EXPECT_TRUE(std::get<Moved>(read->outcome) == moved);
  }
}

TEST(RecordFormat, ControlsHaveOwnersOfEveryLevel) {
  for (const Owner& owner : {program_owner(), account_owner(77), card_owner()}) {
    Record record = record_of(RecordKind::control_removed);
    std::get<RemoveControl>(record.command).owner = owner;
    const auto read = decoded(record, payload_of(record));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->command == record.command);
    record.command = MirrorRemoval{owner, {4}};
    const auto mirrored = decoded(record, payload_of(record));
    ASSERT_TRUE(mirrored);
    EXPECT_TRUE(mirrored->command == record.command);
  }
}

TEST(Explanations, AreRefusedBeyondTheirBounds) {
  const auto after = [](auto change) {
    return readable_after<Explanation>(RecordKind::request, change);
  };
  EXPECT_TRUE(after([](Explanation& e) { e.decided_by.reset(); }));
  EXPECT_TRUE(after([](Explanation& e) { e.decided_by = std::uint8_t{4}; }));
  EXPECT_FALSE(after([](Explanation& e) { e.decided_by = std::uint8_t{5}; }));  // of 0..4
  EXPECT_FALSE(after([](Explanation& e) { e.findings.front().level = static_cast<Level>(0); }));
  EXPECT_FALSE(after([](Explanation& e) { e.findings.front().check = static_cast<CheckKind>(0); }));
  EXPECT_TRUE(after([](Explanation& e) { e.findings.resize(Explanation::findings_max); }));
  EXPECT_FALSE(after([](Explanation& e) { e.findings.resize(Explanation::findings_max + 1); }));
}

TEST(Explanations, KeepEveryFindingAsItIs) {
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  Explanation explanation;
  for (const Level level : {Level::program, Level::account, Level::card}) {
    for (int check = 1; check <= static_cast<int>(check_kind_last); ++check) {
      for (const Mode mode : {Mode::enforce, Mode::shadow}) {
        for (const bool passed : {true, false}) {
          const Timestamp resets_at{check % 3 == 0 ? far : check % 3};
          explanation.findings.push_back({level,
                                          {far - check},
                                          1,
                                          mode,
                                          static_cast<CheckKind>(check),
                                          passed,
                                          check % 2 * far,
                                          check % 4 / 2 * -far,
                                          0,
                                          resets_at});
        }
      }
    }
  }
  explanation.decided_by = static_cast<std::uint8_t>(explanation.findings.size() - 1);
  std::vector<std::byte> bytes;
  encode_explanation(explanation, bytes);
  const auto read = decode_explanation(bytes);
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read == explanation);
  EXPECT_FALSE(decode_explanation(Bytes(bytes).first(bytes.size() - 1)));
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decode_explanation(bytes));
}

}  // namespace
}  // namespace authd::store
