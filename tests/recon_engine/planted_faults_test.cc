// The benchmark's ledger and file, reconciled: every fault that was planted is found, as what it
// is, and nothing else.

#include <algorithm>
#include <string>
#include <vector>

#include "authd/recon/engine/engine.h"
#include "authd/recon/engine/supplier_table.h"
#include "tests/recon_engine/planted_ledger.h"

namespace authd::test {

namespace {

recon::Pass pass(recon::Method method, std::int32_t confidence, std::vector<recon::Key> same = {}) {
  recon::Pass pass;
  pass.method = method;
  pass.confidence = confidence;
  pass.same = std::move(same);
  if (method == recon::Method::amount_window) pass.window_s = 3'600;
  return pass;
}

recon::Rule rule(std::string name, recon::RuleKind kind) {
  recon::Rule rule;
  rule.name = std::move(name);
  rule.kind = kind;
  if (kind == recon::RuleKind::rounding) rule.each_max_minor = 5;
  if (kind == recon::RuleKind::timing) rule.window_s = 2 * core::s_per_day;
  return rule;
}

// As bench/recon configures it.
recon::Supplier bench_supplier() {
  recon::Supplier supplier;
  supplier.name = "bench";
  supplier.source = clearing_source();
  supplier.program = *core::ProgramId::from("demo");
  supplier.are_debits_positive = true;
  supplier.authorization = "preceding";
  supplier.passes = {pass(recon::Method::reference, 100), pass(recon::Method::net_of_fee, 95),
                     pass(recon::Method::one_to_many, 90, {recon::Key::authorization}),
                     pass(recon::Method::many_to_one, 90, {recon::Key::authorization}),
                     pass(recon::Method::amount_window, 80, {recon::Key::card})};
  recon::Fee fee;
  fee.kind = "COMPLETION";
  fee.basis_points = 120;
  fee.fixed_minor = 5;
  supplier.fees = {fee};
  supplier.rules = {rule("timing", recon::RuleKind::timing),
                    rule("rounding", recon::RuleKind::rounding),
                    rule("status_progression", recon::RuleKind::status_progression)};
  return supplier;
}

std::string number_or_empty(std::uint64_t number) {
  return number == 0 ? "" : std::to_string(number);
}

}  // namespace

using PlantedFaults = PlantedLedgerTest;

TEST_F(PlantedFaults, AreAllFoundAndNothingElse) {
  generate(100);
  recon::Suppliers suppliers;
  suppliers.suppliers = {bench_supplier()};
  auto connection = connect();
  ASSERT_TRUE(recon::sync_suppliers(connection, suppliers));
  query(
      connection,
      "INSERT INTO authd.recon_run (supplier_id, state, origin, requested_by, file_name, file_path)"
      " SELECT id, 2, 4, 'test', 'clearing.csv', '" +
          file_.string() + "' FROM authd.recon_supplier");
  recon::EngineOptions options;
  options.connection.conninfo = conninfo();
  const auto state = recon::perform_run(1, suppliers.suppliers.front(), options, {});
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(*state, recon::RunState::done);

  std::vector<std::string> planted;
  for (const bench::Planted& one : generated_.planted) {
    planted.push_back(std::to_string(static_cast<int>(one.fault.kind)) + " line " +
                      number_or_empty(one.line_number) + " item " +
                      number_or_empty(one.item.value) + " " + std::string(one.fault.resolution()));
  }
  std::vector<std::string> found;
  const auto rows = connection.exec(
      "SELECT concat(kind, ' line ', line_number, ' item ', item_seq, ' ',"
      "              CASE state WHEN 5 THEN rule WHEN 1 THEN 'waiting' ELSE 'exception' END)"
      "  FROM authd.recon_discrepancy WHERE run_id = 1");
  ASSERT_TRUE(rows) << rows.error().message;
  for (int row = 0; row < rows->rows(); ++row) found.emplace_back(rows->text(row, 0));

  std::sort(planted.begin(), planted.end());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, planted);
  EXPECT_EQ(query_text(connection, "SELECT lines FROM authd.recon_run"),
            std::to_string(generated_.lines));
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.recon_bad_line"), "0");
}

}  // namespace authd::test
