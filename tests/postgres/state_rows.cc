#include "tests/postgres/state_rows.h"

#include <gtest/gtest.h>

#include <sstream>

#include "store/journal/reader.h"
#include "store/postgres/batch.h"
#include "store/postgres/shard_claim.h"

namespace authd::test {

namespace {

std::string readable(std::string_view key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : key) {
    if (c > 0x20 && c < 0x7F) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text.append({'\\', digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return text;
}

struct Describe {
  std::ostringstream& out;

  void operator()(const core::Account& r) const {
    out << "status " << static_cast<int>(r.status) << ", posted " << r.posted_minor << ", held "
        << r.held_minor << ", pending " << r.pending_credit_minor << ", overdraft "
        << r.overdraft_minor << ", minimum " << r.minimum_minor << ", kyc " << name(r.kyc)
        << ", controls " << r.has_controls;
  }
  void operator()(const core::Card& r) const {
    out << "account " << r.account.value << ", status " << static_cast<int>(r.status) << ", from "
        << r.active_from.unix_us << ", until " << r.expires_at.unix_us << ", locked to "
        << readable(r.locked_to.view()) << ", controls " << r.has_controls;
  }
  void operator()(const core::Authorization& r) const {
    out << "key " << r.key.view() << ", card " << r.card.view() << ", account " << r.account.value
        << ", approved " << r.approved_minor << ", confirmed " << r.confirmed_minor << ", adjusted "
        << r.adjusted_minor << ", released " << r.released_minor << ", cleared " << r.cleared_minor
        << ", extra " << r.extra_minor << ", credit " << r.credit_approved_minor << " "
        << r.credit_confirmed_minor << " " << r.credited_minor << ", awaited "
        << r.awaited_total_minor.value_or(-1) << ", closure " << static_cast<int>(r.closure)
        << ", opened " << r.opened_at.unix_us << ", expires " << r.expires_at.unix_us << ", slot "
        << r.due_slot << ", next " << r.next_due.value << ", takes";
    for (const core::Take& take : r.takes) out << " " << take.at.unix_us << ":" << take.minor;
    out << ", counted";
    for (const core::Counted& counted : r.counted) {
      out << " " << int{counted.take} << ":" << counted.counter.value;
    }
  }
  void operator()(const core::Usage& r) const {
    for (const core::Tally& tally : r.tallies) {
      out << tally.counter.value << " at " << tally.begins_at.unix_us << ": " << tally.minor << ", "
          << tally.count << "; ";
    }
  }
  void operator()(const core::Message& r) const {
    out << "authorization " << r.authorization.value << ", decided " << r.decided << ", card "
        << r.card.view() << ", kind " << static_cast<int>(r.kind) << ", amount "
        << r.amount.minor_units << ", reason " << core::name(r.decision.reason) << ", approved "
        << r.decision.approved.minor_units << " " << r.decision.approved.currency.alpha()
        << ", balance " << r.decision.balance.posted_minor << " "
        << r.decision.balance.available_minor << ", at " << r.decided_at.unix_us << ", notice "
        << static_cast<int>(r.notice) << ", share " << r.approved_minor;
  }
  void operator()(const core::Notice& r) const {
    out << "kind " << static_cast<int>(r.kind) << ", amount " << r.amount.minor_units << " "
        << r.amount.currency.alpha() << ", authorization " << r.authorization.value << ", at "
        << r.at.unix_us;
  }
  void operator()(const core::ControlSet& r) const {
    for (const core::Control& control : r.controls) {
      out << control.id.value << " version " << control.version << " check "
          << control.check.index() << " counter " << control.counter.value << "; ";
    }
  }
  void operator()(const core::Program& r) const { out << r.zone.view() << ", " << r.hold_days; }
  void operator()(const core::TimeZone& r) const { out << r.transitions.size(); }
  void operator()(const core::DueSlot& r) const { out << r.slot << ": " << r.head.value; }
  void operator()(const core::DueCursor& r) const { out << r.slot; }
  void operator()(const core::Transfer& r) const {
    out << name(r.kind) << " from " << r.from.value << " to " << r.to.value << ", "
        << r.amount.minor_units << ", " << name(r.status) << ", " << name(r.reason) << ", at "
        << r.requested_at.unix_us << " and " << r.changed_at.unix_us << ", by " << r.begun_by.value
        << (r.reserve ? ", reserved first" : "") << (r.mirrored ? ", mirrored" : "");
  }
  void operator()(const core::MirrorMark& r) const { out << r.end_lsn; }
};

std::string describe(const Rows& rows, const std::string& key) {
  const auto found = rows.find(key);
  if (found == rows.end()) return "nothing";
  std::ostringstream out;
  std::visit(Describe{out}, found->second);
  return out.str();
}

}  // namespace

Rows rows_of(const core::MemoryState& state) {
  Rows rows;
  state.for_each([&rows](const core::Row& row) {
    if (std::holds_alternative<core::MirrorMark>(row)) return;  // the ledger does not keep it
    rows.emplace(store::key_of(row).view(), row);
  });
  return rows;
}

store::BootstrapOptions everything(const World& world) {
  return {.shard = 1, .now = world.now(), .retention = std::chrono::hours(24 * 365 * 100)};
}

Rows bootstrapped(store::Connection& connection, const store::BootstrapOptions& options,
                  core::Sequence expected) {
  Rows rows;
  const auto done = store::bootstrap(connection, options, [&](const core::Row& row) {
    const bool is_new = rows.emplace(store::key_of(row).view(), row).second;
    EXPECT_TRUE(is_new) << readable(store::key_of(row).view());
  });
  EXPECT_TRUE(done) << (done ? "" : done.error().postgres.message);
  EXPECT_EQ(done ? *done : core::Sequence{}, expected);
  return rows;
}

void expect_same(const Rows& actual, const Rows& expected) {
  constexpr int printed_max = 5;
  int wrong = 0;
  const auto compare = [&](const std::string& key) {
    const auto a = actual.find(key);
    const auto e = expected.find(key);
    if (a != actual.end() && e != expected.end() && a->second == e->second) return;
    if (++wrong > printed_max) return;
    ADD_FAILURE() << readable(key) << "\n  is:     " << describe(actual, key)
                  << "\n  should: " << describe(expected, key);
  };
  for (const auto& [key, row] : expected) compare(key);
  for (const auto& [key, row] : actual) {
    if (expected.count(key) == 0) compare(key);
  }
  EXPECT_EQ(wrong, 0);
}

void drain_in_batches(store::Connection& connection, const store::Journal& journal,
                      const std::vector<std::size_t>& sizes) {
  store::ShardClaim claim(1);
  const auto taken = claim.take(connection, journal.durable().sequence());
  ASSERT_TRUE(taken);
  ASSERT_TRUE(store::Batch::prepare(connection));
  auto reader = store::Reader::open(journal, {taken->drained.value + 1});
  ASSERT_TRUE(reader);
  core::Sequence mark = taken->drained;
  store::Batch batch(1);
  for (std::size_t i = 0; mark < journal.durable().sequence(); ++i) {
    const std::size_t size = i < sizes.size() ? sizes[i] : sizes.back();
    while (batch.records() < size && reader->next_sequence() <= journal.durable().sequence()) {
      const auto view = reader->next();
      ASSERT_TRUE(view && *view);
      ASSERT_TRUE(batch.add(**view)) << "record " << (*view)->sequence.value;
    }
    auto transaction = store::Transaction::begin(connection);
    ASSERT_TRUE(transaction);
    const auto written = batch.write(connection);
    ASSERT_TRUE(written) << "records up to " << batch.last().value << ": "
                         << written.error().message;
    ASSERT_TRUE(claim.advance(connection, mark, batch.last()));
    ASSERT_TRUE(transaction->commit());
    mark = batch.last();
    batch.clear();
  }
}

}  // namespace authd::test
