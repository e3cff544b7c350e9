// Random histories, worked off in random batches with crashes in between, against NaiveModel.

#include <fmt/format.h>

#include <random>

#include "tests/referral/earnings/earnings_fixture.h"
#include "tests/referral/earnings/naive_model.h"

namespace authd::test {

namespace {

constexpr int seeds = 30;
constexpr int events = 300;
constexpr std::int64_t holders = 14;

// All figures of NaiveModel, of a program.
constexpr const char* read_figures = R"(
WITH stat AS (SELECT * FROM authd.referral_stat WHERE program = '{0}'),
period AS (SELECT *, holder_id || CASE span WHEN 1 THEN ' day ' ELSE ' month ' END
                     || (starts_on - date '1970-01-01') AS name
             FROM authd.referral_period WHERE program = '{0}'),
earning AS (SELECT * FROM authd.referral_earning WHERE source_shard = {1}),
figure(name, minor) AS (
  SELECT holder_id || ' earned', earned_minor FROM stat
  UNION ALL SELECT holder_id || ' reversed', reversed_minor FROM stat
  UNION ALL SELECT holder_id || ' paid', paid_minor FROM stat
  UNION ALL SELECT holder_id || ' sources', sources FROM stat
  UNION ALL SELECT holder_id || ' level 1', level_1_minor FROM stat
  UNION ALL SELECT holder_id || ' level 2', level_2_minor FROM stat
  UNION ALL SELECT holder_id || ' level 3', level_3_minor FROM stat
  UNION ALL SELECT name, net_minor FROM period
  UNION ALL SELECT name || ' granted', granted_minor FROM period
  UNION ALL SELECT holder_id || ' owed on ' || (payable_on - date '1970-01-01')
                   || CASE WHEN case_id = 0 THEN '' ELSE ' in a case' END, sum(amount_minor)
              FROM authd.referral_due WHERE program = '{0}' AND payout_id IS NULL GROUP BY 1
  UNION ALL SELECT 'source ' || source_seq || ' level ' || level, sum(amount_minor)
              FROM earning GROUP BY 1
  UNION ALL SELECT 'source ' || source_seq || ' earned', sum(amount_minor)
              FROM earning WHERE kind = 1 GROUP BY 1
  UNION ALL SELECT 'source ' || seq || ' amount', amount_minor
              FROM authd.referral_source WHERE shard = {1}
  UNION ALL SELECT 'case of ' || holder_id || ' on ' || (day - date '1970-01-01'), state
              FROM authd.referral_case WHERE program = '{0}')
SELECT name, minor FROM figure WHERE minor <> 0)";

// Sums that must be equal whatever has happened.
constexpr const char* read_sums = R"(
SELECT (SELECT coalesce(sum(amount_minor), 0) FROM authd.referral_earning WHERE source_shard = {1})
       = (SELECT coalesce(sum(amount_minor), 0) FROM authd.referral_due WHERE program = '{0}')
   AND (SELECT coalesce(sum(paid_minor), 0) FROM authd.referral_stat WHERE program = '{0}')
       = (SELECT coalesce(sum(c.amount_minor), 0) FROM authd.credit AS c
            JOIN authd.account AS a ON a.id = c.account_id WHERE a.program = '{0}')
   AND (SELECT coalesce(sum(paid_minor), 0) FROM authd.referral_stat WHERE program = '{0}')
       = (SELECT coalesce(sum(amount_minor), 0) FROM authd.referral_due
           WHERE program = '{0}' AND payout_id IS NOT NULL)
   AND NOT EXISTS (SELECT FROM authd.referral_due AS d WHERE d.program = '{0}'
                    AND (d.amount_minor, d.earnings) <>
                        (SELECT sum(e.amount_minor), count(*) FROM authd.referral_earning AS e
                          WHERE e.due_id = d.id)))";

class EarningsProperty : public EarningsTest {
 protected:
  void play(int seed);

 private:
  std::int64_t pick(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }
  bool chance(int percent) { return pick(1, 100) <= percent; }
  std::int64_t holder() { return base_ + pick(1, holders); }
  bool is_member(std::int64_t id) const { return members_.contains(id); }

  void begin(int seed);
  void add_terms(std::int32_t version, std::int64_t starts_at);
  void step();
  void spend();
  void give_back();
  void join_or_claim();
  void suspend();
  void pause();
  void clear_a_case();
  void pay();
  void work();
  void catch_up();
  void compare();

  struct Spent {
    std::int64_t holder = 0;
    std::int64_t amount = 0;
    std::int64_t charged_back = 0;
  };

  std::mt19937_64 random_;
  NaiveModel model_;
  std::string program_;
  std::int32_t shard_ = 0;
  std::int64_t base_ = 0;
  std::int64_t now_ = 0;
  std::int64_t next_authorization_ = 0;
  std::int64_t paid_day_ = 0;
  std::map<std::int64_t, Spent> authorizations_;
  std::map<std::int64_t, bool> members_;  // whether suspended
};

void EarningsProperty::begin(int seed) {
  random_.seed(static_cast<std::uint64_t>(seed));
  model_ = {};
  authorizations_.clear();
  members_.clear();
  program_ = fmt::format("p{}", seed);
  shard_ = seed + 1;
  base_ = 1'000 * seed;
  now_ = first_second + 15 * seconds_per_day;
  next_authorization_ = 1'000'000;
  paid_day_ = NaiveModel::day_of(now_);
  books_.emplace(*owner_, program_, shard_);
  if (chance(40)) model_.review_day = pick(200, 2'000);
  model_.payout_minimum = chance(50) ? 1 : pick(2, 500);
  books_->add_program(fmt::format("review_day_minor = nullif({}, 0), payout_minimum_minor = {}",
                                  model_.review_day, model_.payout_minimum));
  add_terms(1, now_ - 10);
  for (std::int32_t version = 2; version <= pick(1, 3); ++version) {
    add_terms(version, now_ + pick(2, 20) * seconds_per_day);
  }
  for (std::int64_t id = base_ + 1; id <= base_ + holders; ++id) books_->add_holder(id);
  for (int i = 0; i < 30; ++i) join_or_claim();
}

void EarningsProperty::add_terms(std::int32_t version, std::int64_t starts_at) {
  NaiveTerms terms;
  terms.starts_at = starts_at;
  if (chance(20)) terms.ends_at = starts_at + pick(5, 20) * seconds_per_day;
  terms.holding_s = chance(50) ? 0 : pick(1, 3 * seconds_per_day);
  terms.minimum = chance(50) ? 0 : pick(1, 300);
  if (chance(40)) terms.cap_source = pick(1, 400);
  if (chance(40)) terms.cap_day = pick(1, 800);
  if (chance(40)) terms.cap_month = pick(1, 4'000);
  std::string rates;
  for (int kind = 1; kind <= 5; ++kind) {
    if (kind > 1 && chance(30)) continue;
    std::array<std::int64_t, 3> levels{};
    std::int64_t left = chance(10) ? 10'000 : 1'500;
    for (std::int64_t& level : levels) {
      level = chance(15) ? 0 : pick(0, left);
      left -= level;
    }
    if (levels == std::array<std::int64_t, 3>{}) levels[1] = 7;
    terms.rates[kind] = levels;
    rates += fmt::format("{}:{},{},{} ", kind, levels[0], levels[1], levels[2]);
  }
  std::vector<std::pair<std::string, std::int64_t>> columns{{"holding_s", terms.holding_s},
                                                            {"minimum_minor", terms.minimum}};
  for (const auto& [name, value] :
       {std::pair("ends_at", terms.ends_at), std::pair("cap_source_minor", terms.cap_source),
        std::pair("cap_day_minor", terms.cap_day), std::pair("cap_month_minor", terms.cap_month)}) {
    if (value != 0) columns.emplace_back(name, value);
  }
  books_->add_terms(version, starts_at, rates, columns);
  model_.terms.push_back(terms);
}

void EarningsProperty::spend() {
  constexpr std::array<int, 8> kinds{1, 1, 1, 1, 2, 3, 4, 5};
  const std::int64_t id = holder();
  const int kind = kinds[static_cast<std::size_t>(pick(0, 7))];
  const std::int64_t amount = chance(30) ? pick(1, 60) : pick(1, 20'000);
  std::int64_t authorization = 0;
  std::int64_t seq = 0;
  if (kind >= 4) {
    seq = books_->transfer(id, kind == 4 ? 10 : 12, kind == 4 ? amount : -amount, now_);
  } else {
    authorization = ++next_authorization_;
    for (const auto& [other, spent] : authorizations_) {
      if (spent.holder == id && chance(30)) authorization = other;
    }
    authorizations_[authorization].holder = id;
    authorizations_[authorization].amount += amount;
    seq = books_->clear(id, -amount, now_, authorization, kind);
  }
  model_.spend(id, kind, amount, now_, seq, authorization);
}

void EarningsProperty::give_back() {
  std::int64_t authorization = next_authorization_ + 1;  // whose clearing comes later, if ever
  if (chance(95) && !authorizations_.empty()) {
    authorization = std::next(authorizations_.begin(),
                              pick(0, static_cast<std::int64_t>(authorizations_.size()) - 1))
                        ->first;
  } else {
    authorizations_[++next_authorization_] = {holder(), pick(1, 1'000), 0};
  }
  Spent& spent = authorizations_[authorization];
  if (spent.charged_back > 0 && chance(60)) {
    const std::int64_t amount = chance(50) ? spent.charged_back : pick(1, spent.charged_back);
    spent.charged_back -= amount;
    books_->reverse_chargeback(spent.holder, -amount, now_, authorization);
    model_.give_back(spent.holder, -amount, now_, authorization);
    return;
  }
  const std::int64_t amount = chance(30) ? spent.amount : pick(1, spent.amount * 6 / 5 + 1);
  if (chance(50)) {
    books_->refund(spent.holder, amount, now_, authorization);
  } else {
    spent.charged_back += amount;
    books_->charge_back(spent.holder, amount, now_, authorization);
  }
  model_.give_back(spent.holder, amount, now_, authorization);
}

void EarningsProperty::join_or_claim() {
  const std::int64_t id = holder();
  const std::int64_t inviter = holder();
  if (!is_member(id)) {
    books_->add_member(id);
    members_[id] = false;
    model_.join(id);
    return;
  }
  if (id == inviter || !is_member(inviter) || model_.inviter(id) != 0 ||
      model_.is_above(id, inviter)) {
    return;
  }
  run(
      fmt::format("UPDATE authd.referral_member SET inviter_id = {}, invited_at = to_timestamp({})"
                  " WHERE holder_id = {}",
                  inviter, now_, id));
  model_.claim(id, inviter, now_);
}

void EarningsProperty::suspend() {
  const std::int64_t id = holder();
  if (!is_member(id)) return;
  catch_up();
  members_[id] = !members_[id];
  run(fmt::format("UPDATE authd.referral_member SET status = {} WHERE holder_id = {}",
                  members_[id] ? 2 : 1, id));
  model_.suspend(id, members_[id]);
}

void EarningsProperty::pause() {
  const std::int64_t from = now_ + pick(0, 3'600);
  const std::int64_t to = from + pick(0, 12 * 3'600);
  run(
      fmt::format("INSERT INTO authd.referral_pause (program, paused_at, resumed_at, reason,"
                  " paused_by, resumed_by) VALUES ('{}', to_timestamp({}), to_timestamp({}),"
                  " 'test', 'test', 'test')",
                  program_, from, to));
  model_.pause(from, to);
}

void EarningsProperty::clear_a_case() {
  catch_up();
  const auto row = execute(
      *owner_, fmt::format("SELECT id, holder_id, day - date '1970-01-01' FROM authd.referral_case"
                           " WHERE program = '{}' AND state = 1 ORDER BY id LIMIT 1",
                           program_));
  if (row.rows() == 0) return;
  run(fmt::format("SELECT authd.referral_decide({}, false, 'test', 'test')", row.text(0, 0)));
  model_.clear_case(std::stoll(std::string(row.text(0, 1))),
                    std::stoll(std::string(row.text(0, 2))));
}

void EarningsProperty::pay() {
  if (NaiveModel::day_of(now_) <= paid_day_) return;
  catch_up();
  paid_day_ = NaiveModel::day_of(now_);
  for (const auto& [id, is_suspended] : members_) {
    run(fmt::format("SELECT authd.referral_pay({}, date '1970-01-01' + {})", id, paid_day_));
  }
  model_.pay(paid_day_);
}

// A few batches, some of which do not come to their end.
void EarningsProperty::work() {
  books_->drain();
  for (std::int64_t batches = pick(1, 3); batches > 0; --batches) {
    const bool does_crash = chance(30);
    if (does_crash) crash_batches(true);
    const auto report =
        referral::earn_batch(*earner_, shard_, static_cast<std::int32_t>(pick(1, 20)));
    if (does_crash) {
      crash_batches(false);
    } else {
      ASSERT_TRUE(report) << report.error().message;
    }
  }
}

void EarningsProperty::catch_up() {
  books_->drain();
  earn(static_cast<std::int32_t>(pick(1, 40)), shard_);
}

void EarningsProperty::compare() {
  const auto rows = execute(*owner_, fmt::format(read_figures, program_, shard_));
  std::map<std::string, std::int64_t> figures;
  for (int row = 0; row < rows.rows(); ++row) {
    figures[std::string(rows.text(row, 0))] = std::stoll(std::string(rows.text(row, 1)));
  }
  const auto expected = model_.figures();
  for (const auto& [name, minor] : expected) EXPECT_EQ(figures[name], minor) << name;
  for (const auto& [name, minor] : figures) {
    EXPECT_TRUE(minor == 0 || expected.contains(name)) << name << ": " << minor;
  }
  EXPECT_EQ(ask(fmt::format(read_sums, program_, shard_)), "t");
  EXPECT_TRUE(model_.is_within_pools());
}

void EarningsProperty::step() {
  now_ += chance(20) ? pick(0, 10) : pick(1, 4 * 3'600);
  const std::int64_t what = pick(1, 100);
  if (what <= 55) {
    spend();
  } else if (what <= 75) {
    give_back();
  } else if (what <= 80) {
    join_or_claim();
  } else if (what <= 82) {
    suspend();
  } else if (what <= 84) {
    pause();
  } else if (what <= 87) {
    clear_a_case();
  } else if (what <= 92) {
    pay();
  } else if (what <= 96) {
    books_->authorize(holder(), 100, now_);
  } else {
    books_->skip(pick(1, 500));
  }
  if (chance(25)) work();
}

void EarningsProperty::play(int seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  begin(seed);
  for (int event = 0; event < events && !HasFatalFailure(); ++event) step();
  catch_up();
  compare();
}

TEST_F(EarningsProperty, HoldsToTheMinorUnitWhateverHappensInWhatBatches) {
  for (int seed = 1; seed <= seeds && !HasFailure(); ++seed) play(seed);
  // Otherwise the histories would have shown nothing.
  EXPECT_EQ(ask("SELECT string_agg(kind::text, ' ' ORDER BY kind) FROM (SELECT kind"
                " FROM authd.referral_earning GROUP BY kind HAVING count(*) > 100) AS often"),
            "1 2 3");
  EXPECT_EQ(ask("SELECT count(*) > 100 FROM authd.referral_payout"), "t");
  EXPECT_EQ(ask("SELECT count(*) > 10 FROM authd.referral_case WHERE state = 2"), "t");
  EXPECT_EQ(ask("SELECT count(*) > 10 FROM authd.referral_due WHERE amount_minor < 0"), "t");
}

}  // namespace

}  // namespace authd::test
