#include "tests/recon_engine/engine_fixture.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>

#include "authd/recon/engine/supplier_table.h"
#include "authd/recon/words.h"

namespace authd::test {

namespace {

recon::Source source() {
  recon::Source source;
  source.name = "plain";
  using recon::Field;
  for (const auto& [field, name] :
       {std::pair(Field::reference, "reference"), std::pair(Field::occurred_at, "at"),
        std::pair(Field::amount, "amount"), std::pair(Field::currency, "currency"),
        std::pair(Field::status, "status"), std::pair(Field::fee, "fee"),
        std::pair(Field::card, "card"), std::pair(Field::merchant, "merchant"),
        std::pair(Field::batch, "batch"), std::pair(Field::kind, "kind")}) {
    source.columns[static_cast<std::size_t>(field)] = recon::Column{name, 0};
  }
  source.extra.emplace_back("authorization", recon::Column{"authorization", 0});
  source.time_formats.push_back(*recon::TimeFormat::compile("YYYY-MM-DD HH:mm:ss"));
  source.status.words = {{"settled", recon::LineStatus::settled},
                         {"pending", recon::LineStatus::pending},
                         {"failed", recon::LineStatus::failed},
                         {"reversed", recon::LineStatus::reversed}};
  return source;
}

// Several statements may stand in it; the answer is in text.
store::PgResult execute(store::Connection& connection, const std::string& statements) {
  auto done = connection.exec(statements);
  EXPECT_TRUE(done) << statements << "\n" << done.error().message;
  return done ? std::move(*done) : store::PgResult(nullptr);
}

}  // namespace

void EngineTest::SetUp() {
  LedgerTest::SetUp();
  std::string path = (std::filesystem::temp_directory_path() / "authd-engine-XXXXXX").string();
  ASSERT_NE(mkdtemp(path.data()), nullptr);
  directory_ = path;
  supplier_.name = "plain";
  supplier_.source = source();
  supplier_.program = *core::ProgramId::from("demo");
  supplier_.authorization = "authorization";
  supplier_.passes = {recon::Pass{}};
  options_.connection.conninfo = conninfo();
  auto connection = connect();
  execute(connection, "SELECT authd.ensure_month('2026-11-01'), authd.ensure_month('2026-10-01')");
  execute(connection,
          "INSERT INTO authd.account (id, status, currency, program) VALUES (1, 1, 'ZAR', 'demo')");
  seq_ = 999;
  add_authorization("any", 1000, "2026-11-01 00:00", 2, 1000);
  seq_ = 0;
}

void EngineTest::TearDown() {
  std::filesystem::remove_all(directory_);
  LedgerTest::TearDown();
}

std::int64_t EngineTest::book(const Booked& booked) {
  auto connection = connect();
  const std::int64_t seq = ++seq_;
  execute(connection, fmt::format(R"(
INSERT INTO authd.event (seq, booked_at, authorization_id, account_id, amount_minor, held_minor, posted_minor, pending_credit_minor,
                         shard, kind, final, timed_out, unasked, over_captured, late, ghost, below_zero, currency, program, notice_id,
                         card_token, merchant_id)
VALUES ({0}, '{1}+00', (SELECT id FROM authd.authorization WHERE key = '{8}'), 1, abs({2}), 0, {2}, 0, 7, CASE WHEN {2} < 0 THEN 8 ELSE 9 END,
        true, false, {3}, {4}, false, false, false, '{5}', 'demo', '{6}', '{7}', '{9}');
INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at, program)
VALUES (7, {0}, CASE WHEN {2} < 0 THEN 6 ELSE 7 END, 1, '{1}+00', 'demo');
INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency, booked_at)
VALUES (7, {0}, 1, 1, 1, {2}, '{5}', '{1}+00'), (7, {0}, 2, 4, 1, -({2}), '{5}', '{1}+00'))",
                                  seq, booked.at, booked.amount, booked.unasked,
                                  booked.over_captured, booked.currency, booked.reference,
                                  booked.card, booked.authorization, booked.merchant));
  return seq;
}

void EngineTest::add_authorization(const std::string& key, std::int64_t approved,
                                   const std::string& opened_at, int closure,
                                   std::int64_t cleared) {
  auto connection = connect();
  execute(connection, fmt::format(R"(
INSERT INTO authd.authorization (id, account_id, approved_minor, cleared_minor, opened_at, expires_at, changed_at, held_minor,
                                 counted_minor, shard, closure, currency, program, key, card_token, spent)
VALUES ({}, 1, {}, {}, '{}+00', '2026-12-31', '2026-11-20', 0, 0, 7, {}, 'ZAR', 'demo', '{}', 'card-1', '\x0000'))",
                                  ++seq_, approved, cleared, opened_at, closure, key));
}

void EngineTest::add_transfer(const std::string& id, std::int64_t amount, int status,
                              const std::string& reference) {
  auto connection = connect();
  execute(connection, fmt::format(R"(
INSERT INTO authd.transfer (begun_seq, changed_seq, amount_minor, from_account_id, requested_at, changed_at, shard, kind, status, reason,
                            reserve, mirrored, currency, program, id)
VALUES ({0}, {0}, {1}, 1, '2026-11-20 08:00+00', '2026-11-20 08:00+00', 7, 2, {2}, 0, false, false, 'ZAR', 'demo', '{3}');
INSERT INTO authd.transfer_detail (program, id, reference) VALUES ('demo', '{3}', nullif('{4}', '')))",
                                  ++seq_, amount, status, id, reference));
}

std::string EngineTest::line(const std::string& reference, const std::string& amount,
                             const std::string& more, const std::string& at) {
  return reference + "," + at + "," + amount + more + "\n";
}

std::int64_t EngineTest::enqueue(const std::string& content) {
  recon::Suppliers suppliers;
  suppliers.suppliers = {supplier_};
  auto connection = connect();
  EXPECT_TRUE(recon::sync_suppliers(connection, suppliers));
  const std::filesystem::path file = directory_ / (std::to_string(++runs_) + ".csv");
  std::ofstream(file, std::ios::binary) << content;
  execute(connection,
          fmt::format(
              "INSERT INTO authd.recon_run (supplier_id, state, origin, requested_by, file_name, "
              "file_path)"
              " SELECT id, 2, 4, 'test', '{}', '{}' FROM authd.recon_supplier WHERE name = '{}'",
              file.filename().string(), file.string(), supplier_.name));
  return runs_;
}

recon::RunState EngineTest::perform(std::int64_t run, const std::stop_token& stop) {
  const auto state = recon::perform_run(run, supplier_, options_, stop);
  EXPECT_TRUE(state) << state.error().message;
  EXPECT_TRUE(!state || *state) << "the supplier is locked";
  return state && *state ? **state : recon::RunState::receiving;
}

recon::RunState EngineTest::run_text(const std::string& content) {
  return perform(enqueue(content));
}

recon::RunState EngineTest::run(const std::vector<std::string>& lines) {
  std::string content = header;
  for (const std::string& line : lines) content += line;
  return run_text(content);
}

Texts EngineTest::discrepancies() {
  auto connection = connect();
  const auto rows =
      execute(connection, fmt::format("SELECT kind, difference_minor, state, coalesce(rule, '')"
                                      " FROM authd.recon_discrepancy WHERE run_id = {} ORDER BY id",
                                      runs_));
  constexpr std::array<const char*, 5> states{"waits", "open", "in progress", "awaits", "resolved"};
  Texts texts;
  for (int row = 0; row < rows.rows(); ++row) {
    const auto kind = static_cast<std::size_t>(std::stoi(std::string(rows.text(row, 0))));
    const auto state = static_cast<std::size_t>(std::stoi(std::string(rows.text(row, 2))));
    std::string text = fmt::format("{} {} {}", recon::discrepancy_names.at(kind - 1),
                                   rows.text(row, 1), states.at(state - 1));
    if (!rows.text(row, 3).empty()) text += fmt::format(" by {}", rows.text(row, 3));
    texts.push_back(text);
  }
  return texts;
}

// The lines' references and the items' seqs, with the method's name and the confidence.
Texts EngineTest::matches() {
  auto connection = connect();
  const auto rows = execute(
      connection,
      fmt::format("SELECT m.method, m.confidence, coalesce(string_agg(l.reference, '+' ORDER "
                  "BY l.run_id, l.line_number), ''),"
                  " coalesce(string_agg(m.item_seq::text, '+' ORDER BY m.item_seq), '')"
                  " FROM authd.recon_match AS m LEFT JOIN authd.recon_line AS l"
                  "   ON l.run_id = m.line_run_id AND l.line_number = m.line_number"
                  " WHERE m.run_id = {} GROUP BY m.id, m.method, m.confidence ORDER BY m.id",
                  runs_));
  Texts texts;
  for (int row = 0; row < rows.rows(); ++row) {
    const auto method = static_cast<std::size_t>(std::stoi(std::string(rows.text(row, 0))));
    texts.push_back(fmt::format("{} {} {} = {}", recon::method_names.at(method - 1),
                                rows.text(row, 1), rows.text(row, 2), rows.text(row, 3)));
  }
  return texts;
}

std::string EngineTest::ask(const std::string& statement) {
  auto connection = connect();
  return query_text(connection, statement);
}

}  // namespace authd::test
