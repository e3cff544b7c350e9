#include "tests/api/recon_fixture.h"

namespace authd::test {

void ReconTest::SetUp() {
  MoneyTest::SetUp();
  sql("INSERT INTO authd.recon_supplier (books, approval_above_minor, name, program, definition)"
      " VALUES (1, 1000, 'shop', 'demo', '{\"passes\": [{\"method\": \"reference\"}]}'),"
      " (2, 0, 'bank', 'demo', '{}'), (1, 0, 'far', 'other', '{}')");
  first_ = key("demo", all_scopes());
  second_ = key("demo", all_scopes());
}

void ReconTest::TearDown() {
  EXPECT_EQ(sql("SELECT count(*) FROM authd.recon_supplier AS s"
                " CROSS JOIN LATERAL authd.recon_broken(s.id)"),
            "0");
  EXPECT_EQ(sql("SELECT count(*) FROM (SELECT FROM authd.posting GROUP BY shard, seq, currency"
                " HAVING sum(amount_minor) <> 0) AS unbalanced"),
            "0");
  MoneyTest::TearDown();
}

std::string ReconTest::run(const std::string& supplier, int state) {
  const bool is_done = state == 5;
  return sql(
      "INSERT INTO authd.recon_run (supplier_id, state, origin, requested_by, file_name,"
      " requested_at" +
      std::string(is_done ? ", lines, bad_lines, items, matched_lines, matched_items,"
                            " discrepancies, auto_resolved, waiting, exceptions, parse_us,"
                            " match_us, discrepancy_us, audit_us, trailer, started_at, finished_at"
                          : "") +
      ") SELECT id, " + std::to_string(state) + ", 1, 'tests', 'file.csv', '2026-11-20T10:00:00Z'" +
      (is_done ? ", 1000, 2, 1001, 999, 998, 3, 1, 0, 2, 1000000, 500000, 400000, 100000, 1,"
                 " now(), now()"
               : "") +
      " FROM authd.recon_supplier WHERE name = '" + supplier + "' RETURNING id");
}

void ReconTest::line(const std::string& run, int number, std::int64_t minor,
                     const std::string& reference) {
  sql("INSERT INTO authd.recon_line (run_id, line_number, amount_minor, occurred_at, status,"
      " currency, reference) VALUES (" +
      run + ", " + std::to_string(number) + ", " + std::to_string(minor) +
      ", '2026-11-02T12:00:00Z', 1, 'USD', '" + reference + "')");
}

std::string ReconTest::cleared(const std::string& notice, std::int64_t minor) {
  ask("m-" + notice, minor);
  tell(core::EventKind::cleared, notice, "m-" + notice, minor);
  return sql("SELECT seq FROM authd.event WHERE notice_id = '" + notice + "'");
}

std::string ReconTest::exception(const std::string& run, const Wrong& wrong) {
  const std::string state = std::to_string(wrong.state);
  const bool is_resolved = wrong.state == 5;
  return sql(
      "INSERT INTO authd.recon_discrepancy (run_id, supplier_id, kind, state, difference_minor,"
      " currency, line_run_id, line_number, item_seq, item_shard, item_kind, match_id, resolution,"
      " resolved_at, waits_until, rule) SELECT r.id, r.supplier_id, " +
      std::to_string(wrong.kind) + ", " + state + ", " + std::to_string(wrong.difference_minor) +
      ", 'USD', " + (wrong.line == 0 ? "NULL, NULL" : "r.id, " + std::to_string(wrong.line)) +
      ", " + (wrong.item.empty() ? "NULL, NULL, NULL" : wrong.item + ", 1, 1") + ", " +
      (wrong.match.empty() ? "NULL" : wrong.match) + ", " +
      (is_resolved ? "1, now()" : "NULL, NULL") + ", " +
      (wrong.state == 1 ? "now() + interval '1 day'" : "NULL") + ", " +
      (is_resolved ? "'rounding'" : "NULL") + " FROM authd.recon_run AS r WHERE r.id = " + run +
      " RETURNING id");
}

std::string ReconTest::matched(const std::string& run, int line, const std::string& item,
                               int method) {
  return sql(
      "INSERT INTO authd.recon_match (id, run_id, line_run_id, line_number, item_seq, item_shard,"
      " item_kind, supplier_id, method, confidence)"
      " SELECT (r.id << 28) + nextval('authd.recon_match_seq'), r.id, r.id, " +
      std::to_string(line) + ", " + item + ", 1, 1, r.supplier_id, " + std::to_string(method) +
      ", 90 FROM authd.recon_run AS r WHERE r.id = " + run + " RETURNING id");
}

std::string ReconTest::path(const std::string& exception, const std::string& action) const {
  return "/v1/reconciliation/exceptions/" + exception + (action.empty() ? "" : "/" + action);
}

std::string ReconTest::version_field(const std::string& exception) {
  return "If-Match: \"" +
         sql("SELECT version FROM authd.recon_discrepancy WHERE id = " + exception) + "\"\r\n";
}

ApiAnswer ReconTest::act(const std::string& exception, const std::string& action,
                         const std::string& body, const std::string& fields) {
  return post(path(exception, action), body, version_field(exception) + fields);
}

std::string ReconTest::state_of(const std::string& exception) {
  return sql(
      "SELECT concat_ws(' ', (ARRAY['waiting','open','in_progress','awaiting_approval',"
      "'resolved'])[state], (ARRAY['by_rule','matched_later','matched_by_hand','written_off',"
      "'adjusted','dismissed'])[resolution]) FROM authd.recon_discrepancy WHERE id = " +
      exception);
}

std::string ReconTest::trail_of(const std::string& exception) {
  return sql(
      "SELECT string_agg(action, ',' ORDER BY number) FROM authd.recon_trail"
      " WHERE discrepancy_id = " +
      exception);
}

std::string ReconTest::book(int number) {
  return sql("SELECT coalesce(sum(amount_minor), 0) FROM authd.posting WHERE book = " +
             std::to_string(number));
}

std::string ReconTest::actor(const std::string& key_field) {
  const std::size_t begin = key_field.find("authd_") + 6;
  return "key:" + key_field.substr(begin, key_field.find('_', begin) - begin);
}

}  // namespace authd::test
