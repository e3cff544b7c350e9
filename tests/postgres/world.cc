#include "tests/postgres/world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "store/format/records.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

core::TimeZone offset(const std::string& name, std::int32_t hours) {
  return {name, {{0, hours * 3'600}}};
}

core::ProgramId program_id(const std::string& name) { return *core::ProgramId::from(name); }

template <class T>
T one_of(const std::vector<T>& items, std::mt19937_64& random) {
  return items[random() % items.size()];
}

template <class Result>
auto must(Result result) {
  if (!result) {
    std::cerr << "the world broke\n";
    std::exit(1);
  }
  return std::move(*result);
}

}  // namespace

core::Money usd(std::int64_t minor_units) {
  return {minor_units, *core::Currency::from_alpha("USD")};
}

core::Account account(std::int64_t id, std::int64_t posted_minor) {
  core::Account row;
  row.id = {id};
  row.currency = usd(0).currency;
  row.posted_minor = posted_minor;
  return row;
}

core::Card card(const std::string& program, const std::string& token, std::int64_t account_id) {
  core::Card row;
  row.program = program_id(program);
  row.token = *core::CardToken::from(token);
  row.account = {account_id};
  row.status = core::CardStatus::active;
  row.expires_at = {2'000'000'000 * second_us};
  return row;
}

core::Request purchase(const std::string& message, const std::string& token,
                       std::int64_t amount_minor) {
  core::Request request;
  request.program = program_id("demo");
  request.message = *core::MessageId::from(message);
  request.card = *core::CardToken::from(token);
  request.amount = usd(amount_minor);
  return request;
}

World::World(core::Sequence first)
    : programs_{{program_id("demo"), offset("Test/West", -5)},
                {program_id("asia"), offset("Test/East", 8)}},
      state_(programs_) {
  std::string path = (std::filesystem::temp_directory_path() / "authd-world-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) std::exit(1);
  directory_ = path;
  store::JournalOptions options;
  options.directory = {.path = path, .shard = 1};
  options.segment_bytes = std::uint64_t{256} << 10U;  // several of them
  options.if_missing = store::IfMissing::create;
  options.prepare_pause = std::chrono::milliseconds(0);
  journal_ = must(store::Journal::open(options, first, [](const auto&) { return true; }));
}

World::~World() {
  journal_.reset();
  std::filesystem::remove_all(directory_);
}

core::Outcome World::apply(const core::Command& command) {
  const auto applied = must(core::apply(state_, command, {now_, journal_->next_sequence()}));
  if (applied.changes.empty()) return applied.outcome;

  for (const core::Row& row : applied.changes.rows()) state_.put(row);
  std::vector<std::byte> payload;
  store::encode_record(command, applied, payload);
  if (!journal_->fits(payload.size())) flush();
  const auto sequence = must(journal_->append(static_cast<std::uint16_t>(store::kind_of(command)),
                                              store::record_version, now_, payload));
  if (const auto* request = std::get_if<core::Request>(&command)) {
    decided_.push_back(*request);
    const auto& decision = std::get<core::Answer>(applied.outcome).decision;
    if (decision.is_approved() && core::reserves_money(request->kind) &&
        request->program == programs_[0].id) {
      approvals_.emplace_back(sequence, decision.approved.minor_units);
    }
  } else if (const auto* issue = std::get_if<core::IssueCard>(&command)) {
    cards_.push_back(issue->card);
  }
  return applied.outcome;
}

void World::flush() { must(journal_->flush()); }

std::int64_t World::approved_after(core::Sequence mark) const {
  std::int64_t sum = 0;
  for (const auto& [sequence, minor_units] : approvals_) {
    if (sequence > mark) sum += minor_units;
  }
  return sum;
}

void World::open(std::int64_t id, std::mt19937_64& random) {
  core::Account row = account(id, static_cast<std::int64_t>(random() % 4) * 500'000);
  if (random() % 3 == 0) row.daily_limit_minor = 30'000;
  apply(core::OpenAccount{row});
  for (const std::string program : {"demo", "asia"}) {
    core::Card issued = card(program, "card_" + std::to_string(id), id);
    if (random() % 3 == 0) issued.transaction_limit_minor = 8'000;
    if (random() % 8 == 0) issued.status = core::CardStatus::frozen;
    apply(core::IssueCard{issued});
  }
}

core::Request World::random_request(std::mt19937_64& random) {
  if (!decided_.empty() && random() % 20 == 0) return one_of(decided_, random);  // a repetition
  core::Request request;
  const core::Card used = one_of(cards_, random);
  request.program = used.program;
  request.card = random() % 30 == 0 ? *core::CardToken::from("nobody's") : used.token;
  request.message = *core::MessageId::from("m" + std::to_string(random()));
  request.amount = usd(static_cast<std::int64_t>(random() % 12'000));
  request.kind = static_cast<core::Kind>(random() % 4 == 0 ? 1 + random() % 7 : 1);
  if (!decided_.empty() && random() % 4 == 0) {
    const core::Request earlier = one_of(decided_, random);
    request.increments = earlier.message;
    request.program = earlier.program;
    request.card = earlier.card;
  }
  request.merchant.mcc = static_cast<std::uint16_t>(random() % 3 == 0 ? 0 : 5'411);
  const std::vector<std::string> names{"", "CORNER SHOP", "Caf\xE9", std::string("a\0b", 3),
                                       "寿司"};
  request.merchant.name = *core::InlineText<64>::from(one_of(names, random));
  return request;
}

void World::live(std::size_t commands, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < commands; ++i) {
    const auto accounts = static_cast<std::int64_t>(state_.accounts().size());
    if (accounts < 10 || random() % 100 == 0) {
      open(accounts + 1, random);
    } else {
      apply(random_request(random));
    }
    if (random() % 3 == 0) advance(static_cast<std::int64_t>(random() % (2 * hour_us)));
    if (random() % 50 == 0) flush();
  }
  flush();
}

namespace {

void expect_accounts_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT id, posted_minor, held_minor, currency::text FROM authd.account"
                          " ORDER BY id");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.state().accounts().size()));
  int row = 0;
  for (const auto& [id, expected] : world.state().accounts()) {
    EXPECT_EQ(rows.number<std::int64_t>(row, 0), id.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), expected.posted_minor) << "account " << id.value;
    EXPECT_EQ(rows.number<std::int64_t>(row, 2), expected.held_minor) << "account " << id.value;
    EXPECT_EQ(rows.text(row, 3), expected.currency.alpha());
    ++row;
  }
}

void expect_holds_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT id, account_id, amount_minor, status, opened_at, program,"
                          " card_token, authorization_message FROM authd.hold ORDER BY id");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.state().holds().size()));
  int row = 0;
  for (const auto& [id, expected] : world.state().holds()) {
    EXPECT_EQ(rows.number<std::uint64_t>(row, 0), id.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), expected.account.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 2), expected.amount.minor_units)
        << "hold " << id.value;
    EXPECT_EQ(rows.number<std::int16_t>(row, 3), static_cast<std::int16_t>(expected.status));
    EXPECT_EQ(rows.time(row, 4), expected.opened_at);
    EXPECT_EQ(rows.text(row, 5), expected.program.view());
    EXPECT_EQ(rows.text(row, 6), expected.card.view());
    EXPECT_EQ(rows.text(row, 7), expected.authorization.view());
    ++row;
  }
}

void expect_decisions_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT message_id, amount_minor, reason, approved_minor, kind"
                          " FROM authd.decision ORDER BY seq");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.decided().size()));
  int row = 0;
  for (const core::Request& request : world.decided()) {
    const auto stored = *world.state().idempotency(request.program, request.message);
    ASSERT_TRUE(stored);
    EXPECT_EQ(rows.text(row, 0), request.message.view());
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), request.amount.minor_units);
    EXPECT_EQ(rows.number<std::int16_t>(row, 2),
              static_cast<std::int16_t>(stored->decision.reason));
    EXPECT_EQ(rows.number<std::int64_t>(row, 3), stored->decision.approved.minor_units);
    EXPECT_EQ(rows.number<std::int16_t>(row, 4), static_cast<std::int16_t>(request.kind));
    ++row;
  }
}

}  // namespace

void expect_ledger_agrees(store::Connection& connection, const World& world) {
  expect_accounts_agree(connection, world);
  expect_holds_agree(connection, world);
  expect_decisions_agree(connection, world);

  EXPECT_EQ(query_text(
                connection,
                "SELECT count(*) FROM authd.account LEFT JOIN"
                " (SELECT account_id, sum(amount_minor) FILTER (WHERE book = 1) AS wallet,"
                "    sum(amount_minor) FILTER (WHERE book = 2) AS holds, sum(amount_minor) AS total"
                "  FROM authd.posting GROUP BY account_id) AS booked ON account_id = id"
                " WHERE coalesce(wallet, 0) <> posted_minor - held_minor"
                "    OR coalesce(holds, 0) <> held_minor OR coalesce(total, 0) <> 0"),
            "0")
      << "accounts whose balance is not the sum of their postings";
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.posting LEFT JOIN authd.journal_entry"
                       " USING (shard, seq, account_id) WHERE kind IS NULL"),
            "0")
      << "postings without their entry";
  EXPECT_EQ(query_text(connection, "SELECT drained_seq FROM authd.shard WHERE shard = 1"),
            std::to_string(world.last().value));
}

}  // namespace authd::test
