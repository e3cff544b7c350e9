// Rows as bytes. The golden file pins them: a change that breaks data written earlier fails here.

#include <gtest/gtest.h>

#include "store/journal/crc32c.h"
#include "tests/store/format_samples.h"
#include "tests/store/golden.h"
#include "tests/store/hex.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;

TEST(RowFormat, MatchesTheGoldenFile) {
  for (const auto& [name, row] : ordinary_rows()) {
    EXPECT_EQ(hex(bytes_of(key_of(row).view())) + " " + hex(value_of(row)),
              golden("rows-3.txt", name))
        << name;
  }
}

TEST(RowFormat, ReadsBackWhatItWrote) {
  for (const auto& rows : {ordinary_rows(), largest_rows()}) {
    for (const auto& [name, row] : rows) {
      const auto decoded = decode_row(key_of(row).view(), value_of(row));
      ASSERT_TRUE(decoded) << name << " " << store::name(decoded.error());
      EXPECT_TRUE(*decoded == row) << name;
    }
  }
}

TEST(RowFormat, ReadsARowOfItsKindOnly) {
  const Row row = an_account();
  Account account;
  EXPECT_TRUE(decode_row(key_of(row).view(), value_of(row), account));
  EXPECT_EQ(account, an_account());
  Usage usage;
  EXPECT_FALSE(decode_row(key_of(row).view(), value_of(row), usage));
}

TEST(RowFormat, RefusesEveryChangedBitAndEveryLength) {
  for (const auto& [name, row] : ordinary_rows()) {
    const RowKey key = key_of(row);
    const std::vector<std::byte> value = value_of(row);
    for (std::size_t i = 0; i < value.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        std::vector<std::byte> damaged = value;
        damaged[i] ^= static_cast<std::byte>(1U << bit);
        EXPECT_FALSE(decode_row(key.view(), damaged)) << name << " byte " << i << " bit " << bit;
      }
      EXPECT_FALSE(decode_row(key.view(), Bytes(value).first(i))) << name << " length " << i;
    }
    std::vector<std::byte> longer = value;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(decode_row(key.view(), longer)) << name;
    std::string other_key(key.view());
    other_key.back() = static_cast<char>(other_key.back() ^ 1);
    EXPECT_FALSE(decode_row(other_key, value)) << name << " under another key";
  }
}

// A checksum only says that the bytes are those that were written.
TEST(RowFormat, RefusesWholeRowsThatEndEarlyOrLate) {
  for (const auto& [name, row] : ordinary_rows()) {
    const RowKey key = key_of(row);
    std::vector<std::byte> fields = value_of(row);
    fields.resize(fields.size() - 4);
    const auto sealed = [&key](std::vector<std::byte> bytes) {
      const std::uint32_t crc = crc32c(bytes, crc32c(bytes_of(key.view())));
      Encoder(bytes).number(crc);
      return bytes;
    };
    ASSERT_TRUE(decode_row(key.view(), sealed(fields))) << name;
    for (std::size_t size = 0; size < fields.size(); ++size) {
      const std::vector<std::byte> shorter(fields.begin(),
                                           fields.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_row(key.view(), sealed(shorter))) << name << " length " << size;
    }
    std::vector<std::byte> longer = fields;
    longer.push_back(std::byte{0});
    EXPECT_EQ(decode_row(key.view(), sealed(longer)).error(), FormatError::malformed) << name;
    for (const std::byte version : {std::byte{1}, std::byte{2}, std::byte{4}}) {
      std::vector<std::byte> other = fields;
      other.front() = version;
      EXPECT_EQ(decode_row(key.view(), sealed(other)).error(), FormatError::version) << name;
    }
  }
}

bool is_refused(const Row& row) {
  const auto decoded = decode_row(key_of(row).view(), value_of(row));
  return !decoded && decoded.error() == FormatError::malformed;
}

template <class T>
T sample(const std::string& wanted) {
  for (const auto& rows : {ordinary_rows(), largest_rows()}) {
    for (const auto& [name, row] : rows) {
      if (name == wanted) return std::get<T>(row);
    }
  }
  ADD_FAILURE() << wanted;
  return {};
}

TEST(RowFormat, RefusesWhatDoesNotExist) {
  Account account = an_account();
  account.currency = {};
  EXPECT_TRUE(is_refused(account));
  account = an_account();
  account.status = static_cast<AccountStatus>(4);
  EXPECT_TRUE(is_refused(account));
  account.status = static_cast<AccountStatus>(0);
  EXPECT_TRUE(is_refused(account));
  for (const int kyc : {0, 5}) {
    account = an_account();
    account.kyc = static_cast<Kyc>(kyc);
    EXPECT_TRUE(is_refused(account));
  }
  Card card = a_card();
  card.status = static_cast<CardStatus>(5);
  EXPECT_TRUE(is_refused(card));
  auto authorization = sample<Authorization>("authorization");
  authorization.closure = static_cast<Closure>(6);
  EXPECT_TRUE(is_refused(authorization));
  auto message = sample<Message>("message");
  message.kind = static_cast<Kind>(8);
  EXPECT_TRUE(is_refused(message));
  message = sample<Message>("message");
  message.decision.reason = static_cast<Reason>(1);
  EXPECT_TRUE(is_refused(message));
  message = sample<Message>("message");
  message.notice = static_cast<Message::Notice>(4);
  EXPECT_TRUE(is_refused(message));
  message = sample<Message>("message");
  message.card = {};
  EXPECT_TRUE(is_refused(message));
  auto notice = sample<Notice>("notice");
  notice.kind = static_cast<EventKind>(13);
  EXPECT_TRUE(is_refused(notice));
}

TEST(RowFormat, AuthorizationsMayHaveNoCardAndNoCurrency) {
  auto authorization = sample<Authorization>("authorization");
  authorization.card = {};
  authorization.currency = {};
  authorization.account = {};
  const auto decoded = decode_row(key_of(authorization).view(), value_of(authorization));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(*decoded == Row{authorization});
}

TEST(RowFormat, RefusesTransfersThatCannotBe) {
  const auto after = [](const char* name, auto change) {
    auto transfer = sample<Transfer>(name);
    change(transfer);
    return is_refused(transfer);
  };
  const auto reserved = [&after](auto change) { return after("transfer", change); };
  const auto declined = [&after](auto change) { return after("declined_transfer", change); };
  EXPECT_FALSE(reserved([](Transfer&) {}));
  EXPECT_FALSE(declined([](Transfer&) {}));
  EXPECT_TRUE(reserved([](Transfer& t) { t.kind = static_cast<TransferKind>(0); }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.kind = static_cast<TransferKind>(8); }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.status = static_cast<TransferStatus>(0); }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.status = static_cast<TransferStatus>(6); }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.from = {}; }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.to = {2}; }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.amount.minor_units = 0; }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.amount.currency = {}; }));
  EXPECT_TRUE(reserved([](Transfer& t) { t.reason = Reason::account_closed; }));
  EXPECT_TRUE(declined([](Transfer& t) { t.reason = Reason::approved; }));
  EXPECT_TRUE(declined([](Transfer& t) { t.reason = static_cast<Reason>(61); }));
  EXPECT_TRUE(declined([](Transfer& t) { t.reserve = true; }));
}

TEST(RowFormat, RefusesTakesBeyondTheirBounds) {
  auto authorization = sample<Authorization>("authorization");
  authorization.counted.push_back({2, Level::card, {1}});  // there are takes 0 and 1
  EXPECT_TRUE(is_refused(authorization));
  for (const unsigned level : {0U, 4U}) {
    authorization.counted.back() = {1, static_cast<Level>(level), {1}};
    EXPECT_TRUE(is_refused(authorization)) << level;
  }
  authorization = sample<Authorization>("authorization");
  authorization.takes.resize(Authorization::takes_max);
  EXPECT_FALSE(is_refused(authorization));
  authorization.takes.resize(Authorization::takes_max + 1);
  EXPECT_TRUE(is_refused(authorization));
  authorization.takes.resize(1);
  authorization.counted.assign(16 * 192, {0, Level::card, {1}});
  EXPECT_FALSE(is_refused(authorization));
  authorization.counted.push_back({0, Level::card, {1}});
  EXPECT_TRUE(is_refused(authorization));
}

TEST(RowFormat, RefusesTalliesBeyondTheirBounds) {
  auto usage = sample<Usage>("usage");
  EXPECT_EQ(usage.tallies.size(), Usage::tallies_max);
  EXPECT_FALSE(is_refused(usage));
  Tally last = usage.tallies.back();
  last.begins_at.unix_us += 1;
  usage.tallies.push_back(last);
  EXPECT_TRUE(is_refused(usage));

  usage = sample<Usage>("card_usage");
  std::swap(usage.tallies[0], usage.tallies[1]);  // not by time
  EXPECT_TRUE(is_refused(usage));
  usage = sample<Usage>("card_usage");
  std::swap(usage.tallies[1], usage.tallies[2]);  // not by counter
  EXPECT_TRUE(is_refused(usage));
  usage = sample<Usage>("card_usage");
  usage.tallies[1] = usage.tallies[0];  // twice
  EXPECT_TRUE(is_refused(usage));
}

TEST(RowFormat, RefusesControlsBeyondTheirBounds) {
  ControlSet set{card_owner(), {}};
  for (std::size_t i = 0; i < ControlSet::controls_max; ++i) {
    set.controls.push_back(a_limit(static_cast<std::int64_t>(i) + 1));
  }
  EXPECT_FALSE(is_refused(set));
  set.controls.push_back(a_limit(65));
  EXPECT_TRUE(is_refused(set));
  EXPECT_FALSE(is_refused(ControlSet{card_owner(), {a_limit(1), a_limit(2)}}));
  EXPECT_TRUE(is_refused(ControlSet{card_owner(), {a_limit(2), a_limit(1)}}));
  EXPECT_TRUE(is_refused(ControlSet{card_owner(), {a_limit(1), a_limit(1)}}));
}

// One control that `change` has changed, by itself.
template <class Change>
bool is_refused_after(Control control, Change change) {
  change(control);
  std::vector<std::byte> bytes;
  encode_control(control, bytes);
  return !decode_control(bytes);
}

TEST(RowFormat, RefusesFiltersBeyondTheirBounds) {
  const auto after = [](auto change) {
    Control control;
    control.id = {1};
    return is_refused_after(control, [&change](Control& c) { change(c.filter); });
  };
  EXPECT_FALSE(after([](Filter&) {}));
  EXPECT_FALSE(after([](Filter& f) { f.merchants.values.resize(128); }));
  EXPECT_TRUE(after([](Filter& f) { f.merchants.values.resize(129); }));
  EXPECT_FALSE(after([](Filter& f) { f.mccs.values.assign(128, {1, 1}); }));
  EXPECT_TRUE(after([](Filter& f) { f.mccs.values.assign(129, {1, 1}); }));
  EXPECT_TRUE(after([](Filter& f) { f.mccs.values = {{5, 4}}; }));
  EXPECT_FALSE(after([](Filter& f) { f.currencies.values.assign(128, usd); }));
  EXPECT_TRUE(after([](Filter& f) { f.currencies.values.assign(129, usd); }));
  EXPECT_TRUE(after([](Filter& f) { f.currencies.values.resize(1); }));
  EXPECT_TRUE(after([](Filter& f) { f.countries.values.resize(129); }));
  EXPECT_TRUE(after([](Filter& f) { f.countries.except = true; }));
  EXPECT_FALSE(after([](Filter& f) { f.kinds = EnumSet<Kind>::from_bits(0xFE); }));
  EXPECT_TRUE(after([](Filter& f) { f.kinds = EnumSet<Kind>::from_bits(0x100); }));
  EXPECT_TRUE(after([](Filter& f) { f.kinds = EnumSet<Kind>::from_bits(1); }));
  EXPECT_TRUE(after([](Filter& f) { f.entry_modes = EnumSet<EntryMode>::from_bits(0x400); }));
  EXPECT_TRUE(after([](Filter& f) { f.card_presences = EnumSet<CardPresence>::from_bits(0x10); }));
  EXPECT_TRUE(after([](Filter& f) { f.channels = EnumSet<Channel>::from_bits(0x40); }));
  EXPECT_TRUE(after([](Filter& f) { f.wallets = EnumSet<Wallet>::from_bits(0x40); }));
  EXPECT_TRUE(after([](Filter& f) { f.recurrences = EnumSet<Recurrence>::from_bits(0x20); }));
}

TEST(RowFormat, RefusesChecksBeyondTheirBounds) {
  const auto after = [](Check check) {
    return is_refused_after(Control{}, [&check](Control& c) {
      c.id = {1};
      c.check = check;
    });
  };
  const auto limit = [&after](auto change) {
    auto check = std::get<Limit>(a_limit(1).check);
    change(check);
    return after(check);
  };
  EXPECT_FALSE(limit([](Limit&) {}));
  EXPECT_TRUE(limit([](Limit& l) { l.max = -1; }));
  EXPECT_TRUE(limit([](Limit& l) { l.measure = static_cast<Limit::Measure>(3); }));
  EXPECT_TRUE(limit([](Limit& l) { l.counts = static_cast<Level>(4); }));
  EXPECT_TRUE(limit([](Limit& l) { l.window.period = static_cast<Period>(8); }));
  EXPECT_TRUE(limit([](Limit& l) { l.window.period = Period::rolling; }));  // of no length
  EXPECT_FALSE(limit([](Limit& l) { l.window = {Period::rolling, 10, {}}; }));
  EXPECT_TRUE(limit([](Limit& l) { l.window = {Period::rolling, 9, {}}; }));
  EXPECT_TRUE(after(Hours{0, 0, 1'440}));
  EXPECT_TRUE(after(Hours{0x7F, 0, 1'441}));
  Require require;
  require.address = EnumSet<Verification>::from_bits(0x1E);
  EXPECT_FALSE(after(require));
  require.address = EnumSet<Verification>::from_bits(0x20);
  EXPECT_TRUE(after(require));
  Allow allow;
  allow.only.merchants.values.resize(129);
  EXPECT_TRUE(after(allow));
  EXPECT_TRUE(is_refused_after(a_limit(1), [](Control& c) { c.mode = static_cast<Mode>(3); }));
  EXPECT_TRUE(is_refused_after(a_limit(1), [](Control& c) { c.id = {0}; }));
}

TEST(RowFormat, ReadsOneControlByItself) {
  for (const Control& control : sample<ControlSet>("card_controls").controls) {
    std::vector<std::byte> bytes;
    encode_control(control, bytes);
    const auto decoded = decode_control(bytes);
    ASSERT_TRUE(decoded) << control.id.value;
    EXPECT_TRUE(*decoded == control) << control.id.value;
    EXPECT_FALSE(decode_control(Bytes(bytes).first(bytes.size() - 1)));
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_control(bytes));
  }
}

TEST(RowFormat, RefusesProgramsBeyondTheirBounds) {
  const auto after = [](auto change) {
    auto program = sample<Program>("program");
    change(program);
    return is_refused(program);
  };
  EXPECT_FALSE(after([](Program&) {}));
  EXPECT_TRUE(after([](Program& p) { p.zone = {}; }));
  EXPECT_TRUE(after([](Program& p) { p.hold_days = 0; }));
  EXPECT_TRUE(after([](Program& p) { p.kyc = static_cast<KycPolicy>(0); }));
  EXPECT_TRUE(after([](Program& p) { p.kyc = static_cast<KycPolicy>(4); }));
  EXPECT_FALSE(after([](Program& p) { p.hold_periods.resize(32); }));
  EXPECT_TRUE(after([](Program& p) { p.hold_periods.resize(33); }));
  EXPECT_FALSE(after([](Program& p) { p.extra_holds.resize(32); }));
  EXPECT_TRUE(after([](Program& p) { p.extra_holds.resize(33); }));
  EXPECT_TRUE(after([](Program& p) { p.exposure_limits.resize(33, {usd, 0}); }));
  EXPECT_TRUE(after([](Program& p) { p.exposure_limits.front().currency = {}; }));
  EXPECT_FALSE(after([](Program& p) { p.extra_holds.front().mccs.assign(64, {1, 1}); }));
  EXPECT_TRUE(after([](Program& p) { p.extra_holds.front().mccs.assign(65, {1, 1}); }));
  EXPECT_TRUE(after([](Program& p) { p.mirror_age_max_us = 0; }));
}

TEST(RowFormat, RefusesZonesBeyondTheirBounds) {
  auto zone = sample<TimeZone>("zone");
  std::swap(zone.transitions[0], zone.transitions[1]);
  EXPECT_TRUE(is_refused(zone));
  zone = sample<TimeZone>("zone");
  zone.transitions[0].offset_s = 86'400;
  EXPECT_TRUE(is_refused(zone));
  zone.transitions.clear();
  for (std::size_t i = 0; i <= TimeZone::transitions_max; ++i) {
    zone.transitions.push_back({static_cast<std::int64_t>(i), 0});
  }
  EXPECT_TRUE(is_refused(zone));
  zone.transitions.pop_back();
  EXPECT_FALSE(is_refused(zone));
  zone.name = {};
  EXPECT_TRUE(is_refused(zone));
}

}  // namespace
}  // namespace authd::store
