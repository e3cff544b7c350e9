#include "tests/api/money_fixture.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "store/format/records.h"
#include "tests/postgres/plan.h"

namespace authd::test {

namespace json = boost::json;

TestLedger::TestLedger(const std::string& conninfo)
    : connection_(test::connect(conninfo)), batch_(1) {
  query(connection_, "INSERT INTO authd.shard (shard) VALUES (1)");
  EXPECT_TRUE(store::Batch::prepare(connection_));
}

core::Outcome TestLedger::apply(const core::Command& command) {
  const std::lock_guard lock(mutex_);
  const core::Moment moment{now_, {records_ + 1}, 0, 0, false};
  core::Applied applied;
  EXPECT_TRUE(core::apply(state_, command, moment, applied));
  if (applied.rows.empty()) return applied.outcome;
  for (const core::Row& row : applied.rows) state_.put(row);
  ++records_;
  std::vector<std::byte> payload;
  store::encode_record(command, moment, applied, payload);
  EXPECT_TRUE(
      batch_.add({moment.sequence, moment.at, static_cast<std::uint16_t>(store::kind_of(command)),
                  store::record_version, payload}));
  auto transaction = store::Transaction::begin(connection_);
  const auto written = batch_.write(connection_);
  EXPECT_TRUE(written) << written.error().message;
  EXPECT_TRUE(transaction->commit());
  batch_.clear();
  return applied.outcome;
}

void TestLedger::advance(std::int64_t us) {
  const std::lock_guard lock(mutex_);
  now_.unix_us += us;
}

core::Timestamp TestLedger::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::size_t TestLedger::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

core::Result<core::Moved, api::MoveFault> TestLedger::move(const core::Command& command) {
  if (fail_before_) return core::Unexpected{*fail_before_};
  const core::Outcome outcome = apply(command);
  if (fail_after_) return core::Unexpected{*fail_after_};
  return std::get<core::Moved>(outcome);
}

api::Mover TestLedger::mover() {
  return [this](core::Command command, net::Clock::time_point,
                net::Mailbox&) -> net::Awaitable<core::Result<core::Moved, api::MoveFault>> {
    co_return move(command);
  };
}

void MoneyTest::SetUp() {
  ApiTest::SetUp();
  ledger_ = std::make_unique<TestLedger>(conninfo());
  ledger_->apply(core::DefineZone{core::TimeZone{}});
  ledger_->apply(core::ConfigureProgram{core::test::program()});
  open(1, 100'00, "demo");
  ledger_->apply(core::IssueCard{core::test::card()});
  open(2, 0, "other");
  demo_key_ = key("demo", all_scopes());
  other_key_ = key("other", all_scopes());
  api::ApiOptions options;
  options.mover = ledger_->mover();
  restart(options);
}

void MoneyTest::open(std::int64_t account, std::int64_t minor, const std::string& program) {
  core::Account row = core::test::account();
  row.id = {account};
  row.posted_minor = minor;
  ledger_->apply(core::OpenAccount{row});
  sql("UPDATE authd.account SET program = '" + program + "' WHERE id = " + std::to_string(account));
}

std::string MoneyTest::sql(const std::string& statement) {
  auto connection = connect();
  return query_text(connection, statement);
}

std::int64_t MoneyTest::most_rows(const api::Resource& resource, std::string_view statement,
                                  const std::string& types, const std::string& parameters) {
  const auto found =
      std::find_if(resource.statements.begin(), resource.statements.end(),
                   [&](const api::Statement& each) { return each.name == statement; });
  EXPECT_NE(found, resource.statements.end()) << statement;
  auto connection = connect();
  EXPECT_TRUE(connection.exec(
      "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE page (" + types +
      ") AS " + found->sql));
  return test::most_rows(connection, "EXECUTE page (" + parameters + ")");
}

std::string MoneyTest::balance(std::int64_t account) {
  return sql("SELECT posted_minor || ' ' || held_minor FROM authd.balance WHERE account_id = " +
             std::to_string(account));
}

core::Answer MoneyTest::ask(const std::string& message, std::int64_t minor,
                            const std::string& card) {
  core::Request request;
  request.program = core::test::demo;
  request.message = core::test::id(message);
  request.card = *core::CardToken::from(card);
  request.amount = {minor, core::test::usd};
  request.details = core::test::grocery();
  ledger_->advance(core::us_per_s);
  return std::get<core::Answer>(ledger_->apply(request));
}

void MoneyTest::tell(core::EventKind kind, const std::string& notice, const std::string& of,
                     std::int64_t minor) {
  core::Event event;
  event.program = core::test::demo;
  event.notice = core::test::id(notice);
  event.authorization = core::test::id(of);
  event.card = core::test::card_1;
  event.kind = kind;
  event.amount = {minor, core::test::usd};
  ledger_->advance(core::us_per_s);
  ledger_->apply(event);
}

MoneyTest::Pages MoneyTest::pages(const std::string& target, const std::string& fields) {
  Pages all;
  std::string cursor;
  const std::string separator = target.find('?') == std::string::npos ? "?" : "&";
  do {
    const ApiAnswer page =
        get(target + separator + "limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor), fields);
    EXPECT_EQ(page.status, 200) << page.body;
    if (page.status != 200) return all;
    const json::value body = page.json();
    const json::array& items = body.get_object().at("items").get_array();
    EXPECT_LE(items.size(), 2U);
    for (const json::value& item : items) all.items.push_back(item.get_object());
    const json::value& next = body.get_object().at("next_cursor");
    cursor = next.is_null() ? "" : std::string(std::string_view(next.get_string()));
    ++all.count;
  } while (!cursor.empty() && all.count < 100);
  return all;
}

std::string usd(std::int64_t minor) {
  return R"({"minor":)" + std::to_string(minor) + R"(,"currency":"USD"})";
}

std::string named(const std::string& idempotency_key) {
  return "Idempotency-Key: " + idempotency_key + "\r\n";
}

std::string string_at(const json::object& object, const char* member) {
  const json::value& value = object.at(member);
  return value.is_string() ? std::string(std::string_view(value.get_string())) : "";
}

std::int64_t minor_at(const json::object& object, const char* member) {
  return object.at(member).get_object().at("minor").get_int64();
}

}  // namespace authd::test
