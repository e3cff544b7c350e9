#include "tests/mirror/mirrored_world.h"

#include <algorithm>
#include <iostream>

#include "store/format/keys.h"
#include "store/format/rows.h"
#include "store/mirror/text_values.h"

namespace authd::test {

namespace {

const core::ProgramId demo = *core::ProgramId::from("demo");

using Lines = std::set<std::string>;

Lines lines_of(const std::string& conninfo, const std::string& query) {
  store::Connection connection = connect(conninfo);
  const auto found = connection.exec(query);
  if (!found) {
    ADD_FAILURE() << found.error().message;
    return {};
  }
  Lines lines;
  for (int row = 0; row < found->rows(); ++row) lines.emplace(found->text(row, 0));
  return lines;
}

std::string image_of(const core::Control& control) {
  std::vector<std::byte> image;
  store::encode_control(control, image);
  return store::to_hex(store::text_of(image));
}

std::string join(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

template <class T>
std::string number(T value) {
  return std::to_string(static_cast<std::int64_t>(value));
}

// Every row of the state as the queries below write PostgreSQL's.
struct StateLines {
  Lines accounts, cards, controls, credits;
  std::set<std::string> closed;  // the keys of accounts and cards

  void operator()(const core::Account& r) {
    accounts.insert(join({number(r.id.value), std::string(r.currency.alpha()), number(r.status),
                          number(r.overdraft_minor), number(r.minimum_minor), number(r.kyc),
                          number(r.posted_minor)}));
    if (r.status == core::AccountStatus::closed) closed.insert(number(r.id.value) + " ");
  }
  void operator()(const core::Card& r) {
    const std::string key = join({std::string(r.program.view()), std::string(r.token.view())});
    cards.insert(join({key, number(r.account.value), number(r.status),
                       number(r.active_from.unix_us), number(r.expires_at.unix_us)}));
    if (r.status == core::CardStatus::closed) closed.insert(key + " ");
  }
  void operator()(const core::ControlSet& r) {
    for (const core::Control& control : r.controls) {
      controls.insert(join({store::to_hex(store::controls_key(r.owner).view()),
                            number(control.id.value), image_of(control)}));
    }
  }
  void operator()(const core::Transfer& r) {
    credits.insert(join({std::string(r.id.view()), number(r.to.value), number(r.kind),
                         number(r.amount.minor_units), std::string(r.amount.currency.alpha())}));
    EXPECT_EQ(r.status, core::TransferStatus::posted);
  }
  template <class Other>
  void operator()(const Other&) {}
};

// What only one side has; on the state's, what is closed may stay.
void expect_same(const Lines& postgres, const Lines& state, const std::set<std::string>& closed) {
  for (const std::string& line : postgres) {
    EXPECT_TRUE(state.contains(line)) << "only in PostgreSQL: " << line;
  }
  for (const std::string& line : state) {
    const bool is_closed = std::any_of(closed.begin(), closed.end(), [&](const std::string& key) {
      return line.starts_with(key);
    });
    EXPECT_TRUE(postgres.contains(line) || is_closed) << "only in the state: " << line;
  }
}

}  // namespace

MirroredState::MirroredState() {
  state_.put(core::TimeZone{});
  core::Program program;
  program.id = demo;
  state_.put(program);
}

std::optional<std::vector<core::Outcome>> MirroredState::apply(
    const std::vector<core::Command>& commands) {
  std::unique_lock lock(mutex_);
  if (hold_above_ && commands.size() > *hold_above_) {
    is_holding_ = true;
    released_.wait(lock, [this] { return !is_holding_; });
  }
  largest_call_ = std::max(largest_call_, commands.size());
  std::vector<core::Outcome> outcomes;
  core::Applied applied;
  for (const core::Command& command : commands) {
    applied.clear();
    core::Moment moment;
    moment.sequence = {sequence_.value + 1};
    if (!core::apply(state_, command, moment, applied)) return std::nullopt;
    if (!applied.rows.empty()) ++sequence_.value;
    for (const core::Row& row : applied.rows) state_.put(row);
    outcomes.push_back(applied.outcome);
  }
  return outcomes;
}

bool MirroredState::visit(const std::function<void(const core::Row&)>& visit) const {
  const std::lock_guard lock(mutex_);
  state_.for_each(visit);
  return true;
}

void MirroredState::hold(std::size_t above) {
  const std::lock_guard lock(mutex_);
  hold_above_ = above;
}

bool MirroredState::is_holding() const {
  const std::lock_guard lock(mutex_);
  return is_holding_;
}

void MirroredState::release() {
  const std::lock_guard lock(mutex_);
  hold_above_.reset();
  is_holding_ = false;
  released_.notify_all();
}

core::MemoryState MirroredState::copy() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

core::MirrorMark MirroredState::mark() const {
  const std::lock_guard lock(mutex_);
  return state_.mirror_mark()->value_or(core::MirrorMark{});
}

std::size_t MirroredState::largest_call() const {
  const std::lock_guard lock(mutex_);
  return largest_call_;
}

std::size_t MirroredState::changes() const {
  const std::lock_guard lock(mutex_);
  return sequence_.value;
}

void Mirroring::SetUp() {
  LedgerTest::SetUp();
  // Rows without what they refer to: not every story is about credits.
  sql("ALTER TABLE authd.credit DISABLE TRIGGER append_only");
}

void Mirroring::TearDown() {
  state_.release();
  stop();
  // Slots belong to the server, and a database with a slot cannot be dropped.
  const std::string drop =
      "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots"
      " WHERE database = '" +
      database() + "'";
  store::Connection connection = connect_as_admin();
  EXPECT_TRUE(soon([&] { return connection.exec(drop).has_value(); }));
  LedgerTest::TearDown();
}

store::Connection Mirroring::connect_as_admin() const {
  return test::connect(Cluster::superuser_conninfo(database()));
}

store::MirrorOptions Mirroring::options() {
  store::MirrorOptions options;
  options.connection = {.conninfo = conninfo(), .application_name = "authd-mirror"};
  options.slot = slot();
  options.mark = state_.mark();
  options.apply = [this](const std::vector<core::Command>& commands) {
    return state_.apply(commands);
  };
  options.known = [this](const auto& visit) { return state_.visit(visit); };
  options.on_applied = [this](std::uint32_t xid, store::Lsn, core::Timestamp) {
    const std::lock_guard lock(mutex_);
    applied_xids_.insert(xid);
  };
  options.heartbeat_interval = std::chrono::milliseconds(20);
  options.retry_first = std::chrono::milliseconds(5);
  options.retry_max = std::chrono::milliseconds(50);
  return options;
}

void Mirroring::start(store::MirrorOptions options) {
  mirror_ = std::make_unique<store::Mirror>(std::move(options));
  mirror_->start();
}

std::set<std::uint32_t> Mirroring::applied_xids() const {
  const std::lock_guard lock(mutex_);
  return applied_xids_;
}

std::uint64_t Mirroring::compared(store::CompareReason reason) const {
  return status().comparisons[static_cast<std::size_t>(reason)];
}

void Mirroring::sql(const std::string& statement) const { sql_text(statement); }

std::string Mirroring::sql_text(const std::string& statement) const {
  store::Connection connection = connect();
  return query_text(connection, statement);
}

void Mirroring::admin(const std::string& statement) const { admin_text(statement); }

std::string Mirroring::admin_text(const std::string& statement) const {
  store::Connection connection = connect_as_admin();
  return query_text(connection, statement);
}

void Mirroring::open_account(std::int64_t id, std::int64_t opening_minor) const {
  sql("INSERT INTO authd.account (id, currency, status, opening_minor) VALUES (" + number(id) +
      ", 'USD', 1, " + number(opening_minor) + ")");
}

void Mirroring::issue_card(const std::string& token, std::int64_t account) const {
  sql("INSERT INTO authd.card (program, token, account_id, status, expires_at) VALUES ('demo', '" +
      token + "', " + number(account) + ", 1, '2030-01-01T00:00:00Z')");
}

void Mirroring::set_control(const core::Owner& owner, const core::Control& control) const {
  const std::string key =
      "decode('" + store::to_hex(store::controls_key(owner).view()) + "', 'hex')";
  const std::string image = "decode('" + image_of(control) + "', 'hex')";
  const auto* const account = std::get_if<core::AccountId>(&owner.of);
  const auto* const card = std::get_if<core::Owner::CardOwner>(&owner.of);
  sql("INSERT INTO authd.spend_control (owner, id, account_id, program, card_token, level, mode,"
      " check_kind, version, image) VALUES (" +
      key + ", " + number(control.id.value) + ", " +
      (account != nullptr ? number(account->value) : "NULL") + ", " +
      (account != nullptr ? "NULL" : "'demo'") + ", " +
      (card != nullptr ? "'" + std::string(card->card.view()) + "'" : "NULL") + ", " +
      number(owner.level()) + ", 1, 1, " + number(control.version) + ", " + image +
      ") ON CONFLICT (owner, id) DO UPDATE SET image = excluded.image, version = excluded.version,"
      " removed_at = NULL");
}

bool Mirroring::caught_up() const {
  const auto position = store::parse_lsn(sql_text("SELECT pg_current_wal_insert_lsn()"));
  return soon([&] { return status().reached >= position.value(); });
}

void Mirroring::expect_agreement() const {
  StateLines state;
  state_.copy().for_each([&state](const core::Row& row) { std::visit(state, row); });
  const auto lines = [this](const std::string& query) { return lines_of(conninfo(), query); };
  expect_same(
      lines("SELECT concat_ws(' ', id, currency, status, overdraft_minor, minimum_minor, kyc,"
            " opening_minor + coalesce((SELECT sum(amount_minor) FROM authd.credit"
            "   WHERE account_id = account.id), 0)) FROM authd.account"),
      state.accounts, state.closed);
  expect_same(lines("SELECT concat_ws(' ', program, token, account_id, status,"
                    " (extract(epoch FROM active_from) * 1000000)::int8,"
                    " (extract(epoch FROM expires_at) * 1000000)::int8) FROM authd.card"),
              state.cards, state.closed);
  expect_same(lines("SELECT concat_ws(' ', encode(owner, 'hex'), id, encode(image, 'hex'))"
                    " FROM authd.spend_control WHERE removed_at IS NULL"),
              state.controls, {});
  expect_same(lines("SELECT concat_ws(' ', id, account_id, kind, amount_minor, currency)"
                    " FROM authd.credit"),
              state.credits, {});
}

void Mirroring::expect_caught_up_and_agreed() const {
  ASSERT_TRUE(caught_up()) << status().last_error;
  expect_agreement();
}

bool Mirroring::reaches(store::MirrorState state) const {
  return soon([&] { return status().state == state; });
}

core::Owner owner_of_account(std::int64_t id) { return {core::AccountId{id}}; }

core::Owner owner_of_card(const std::string& token) {
  return {core::Owner::CardOwner{demo, *core::CardToken::from(token)}};
}

core::Control limit(std::int64_t id, std::int64_t max) {
  core::Control control;
  control.id = {id};
  core::Limit check;
  check.max = max;
  check.window.period = core::Period::transaction;
  control.check = check;
  return control;
}

}  // namespace authd::test
