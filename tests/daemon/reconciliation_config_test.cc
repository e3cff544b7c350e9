#include <iterator>

#include "tests/daemon/reconciliation_text.h"

namespace authd::test {
namespace {

using recon::Books;
using recon::Key;
using recon::Method;
using recon::RuleKind;
using recon::Supplier;
using recon::Suppliers;

TEST_F(ReconciliationConfig, IsNotThereUnlessItIsAskedFor) {
  const auto config = load(programs);
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->reconciliation);
}

TEST_F(ReconciliationConfig, TakesTheDefaults) {
  const auto config = load(card);
  ASSERT_TRUE(config) << errors(card);
  const Suppliers& all = *config->reconciliation;
  const Suppliers usual;
  EXPECT_EQ(all.spool, path() / "spool");
  EXPECT_EQ(all.file_bytes_max, usual.file_bytes_max);
  EXPECT_EQ(all.runs_at_once, usual.runs_at_once);
  EXPECT_EQ(all.work_memory_mib, usual.work_memory_mib);
  EXPECT_EQ(all.watch_s, usual.watch_s);
  ASSERT_EQ(all.suppliers.size(), 1U);
  const Supplier& one = all.suppliers[0];
  const Supplier usual_one;
  EXPECT_EQ(one.name, "one");
  EXPECT_EQ(one.source.name, "least");
  EXPECT_EQ(one.program.view(), "demo");
  EXPECT_EQ(one.books, Books::card);
  EXPECT_FALSE(one.are_debits_positive);
  EXPECT_EQ(one.our_reference, "reference");
  EXPECT_EQ(one.authorization, "");
  EXPECT_EQ(one.run_max_count, std::nullopt);
  EXPECT_EQ(one.run_max_minor, std::nullopt);
  EXPECT_EQ(one.date_tolerance_s, usual_one.date_tolerance_s);
  EXPECT_EQ(one.margin_s, usual_one.margin_s);
  EXPECT_EQ(one.clear_within_s, usual_one.clear_within_s);
  EXPECT_EQ(one.period_days_max, usual_one.period_days_max);
  EXPECT_EQ(one.approval_above_minor, 0);
  EXPECT_EQ(one.directory, "");
  EXPECT_FALSE(one.is_watched);
}

TEST_F(ReconciliationConfig, ReadsEveryKey) {
  std::filesystem::create_directory(path() / "in");
  const std::string text =
      ledger + programs +
      "[reconciliation]\nspool = \"/spool\"\nfile_bytes_max = 1024\nruns_at_once = 3\n"
      "work_memory_mib = 7\nwatch_s = 9\n" +
      card_supplier +
      "debits_positive = true\nour_reference = \"ours\"\nauthorization = \"batch\"\n"
      "date_tolerance_s = 1\nmargin_s = 2\nclear_within_s = 3\nperiod_days_max = 4\n"
      "approval_above_minor = 5\ndirectory = \"in\"\nwatched = true\nrun_max_count = 6\n"
      "run_max_minor = 7\n" +
      pass(
          "method = \"amount_window\"\nconfidence = 33\nwindow_s = 2\n"
          "same = [\"card\", \"day\"]\n") +
      pass("method = \"net_of_fee\"\ntolerance_minor = 8\ntolerance_percent = \"0.09\"\n") +
      fee("kind = \"sale\"\ncurrency = \"ZAR\"\nfixed_minor = 10\npercent = \"1.25\"\n"
          "min_minor = 11\nmax_minor = 12\ntolerance_minor = 13\ntolerance_percent = 14\n") +
      rate("from = \"USD\"\nto = \"ZAR\"\nrate = \"18.234500001\"\n") +
      rule(
          "name = \"cents\"\nkind = \"rounding\"\neach_max_minor = 2\nrun_max_count = 15\n"
          "run_max_minor = 16\n") +
      rule("name = \"late\"\nkind = \"timing\"\nwindow_s = 17\n");
  const auto config = load(text);
  ASSERT_TRUE(config) << errors(text);
  const Suppliers& all = *config->reconciliation;
  EXPECT_EQ(all.spool, "/spool");
  EXPECT_EQ(all.file_bytes_max, 1'024U);
  EXPECT_EQ(all.runs_at_once, 3);
  EXPECT_EQ(all.work_memory_mib, 7);
  EXPECT_EQ(all.watch_s, 9);
  const Supplier& one = all.suppliers.at(0);
  EXPECT_TRUE(one.are_debits_positive);
  EXPECT_EQ(one.our_reference, "ours");
  EXPECT_EQ(one.authorization, "batch");
  EXPECT_EQ(one.date_tolerance_s, 1);
  EXPECT_EQ(one.margin_s, 2);
  EXPECT_EQ(one.clear_within_s, 3);
  EXPECT_EQ(one.period_days_max, 4);
  EXPECT_EQ(one.approval_above_minor, 5);
  EXPECT_EQ(one.directory, path() / "in");
  EXPECT_TRUE(one.is_watched);
  EXPECT_EQ(one.run_max_count, 6);
  EXPECT_EQ(one.run_max_minor, 7);

  ASSERT_EQ(one.passes.size(), 2U);
  EXPECT_EQ(one.passes[0].method, Method::amount_window);
  EXPECT_EQ(one.passes[0].confidence, 33);
  EXPECT_EQ(one.passes[0].window_s, 2);
  EXPECT_EQ(one.passes[0].same, (std::vector<Key>{Key::card, Key::day}));
  EXPECT_EQ(one.passes[1].tolerance.minor, 8);
  EXPECT_EQ(one.passes[1].tolerance.basis_points, 9);

  ASSERT_EQ(one.fees.size(), 1U);
  EXPECT_EQ(one.fees[0].kind, "sale");
  EXPECT_EQ(one.fees[0].currency->alpha(), "ZAR");
  EXPECT_EQ(one.fees[0].fixed_minor, 10);
  EXPECT_EQ(one.fees[0].basis_points, 125);
  EXPECT_EQ(one.fees[0].min_minor, 11);
  EXPECT_EQ(one.fees[0].max_minor, 12);
  EXPECT_EQ(one.fees[0].tolerance.minor, 13);
  EXPECT_EQ(one.fees[0].tolerance.basis_points, 1'400);

  ASSERT_EQ(one.rates.size(), 1U);
  EXPECT_EQ(one.rates[0].from.alpha(), "USD");
  EXPECT_EQ(one.rates[0].to.alpha(), "ZAR");
  EXPECT_EQ(one.rates[0].rate_e9, 18'234'500'001);

  ASSERT_EQ(one.rules.size(), 2U);
  EXPECT_EQ(one.rules[0].name, "cents");
  EXPECT_EQ(one.rules[0].kind, RuleKind::rounding);
  EXPECT_EQ(one.rules[0].each_max_minor, 2);
  EXPECT_EQ(one.rules[0].run_max_count, 15);
  EXPECT_EQ(one.rules[0].run_max_minor, 16);
  EXPECT_EQ(one.rules[1].kind, RuleKind::timing);
  EXPECT_EQ(one.rules[1].window_s, 17);
  EXPECT_EQ(one.rules[1].run_max_count, std::nullopt);
}

// Its lines that are keys or tables, without what makes them comments.
std::string example() {
  std::ifstream in(AUTHD_OPS "/authd.example.toml");
  std::string text;
  bool is_ours = false;
  for (std::string line; std::getline(in, line);) {
    is_ours = is_ours || line == "# [reconciliation]";
    static const std::regex commented_out(R"(^# (\[\[?[a-z.]+\]\]?|[a-z_]+ = ))");
    if (is_ours && std::regex_search(line, commented_out)) line.erase(0, 2);
    text += line + "\n";
  }
  return text;
}

TEST_F(ReconciliationConfig, TheShippedExampleWorksAndShowsTheDefaults) {
  write("demo.password", "correct horse battery");
  std::filesystem::copy(AUTHD_OPS "/sources", path() / "sources");
  std::filesystem::create_directory(path() / "mobilemart");
  const auto config = load(example());
  ASSERT_TRUE(config) << errors(example());
  const Suppliers& all = *config->reconciliation;
  const Suppliers usual;
  EXPECT_EQ(all.file_bytes_max, usual.file_bytes_max);
  EXPECT_EQ(all.runs_at_once, usual.runs_at_once);
  EXPECT_EQ(all.work_memory_mib, usual.work_memory_mib);
  EXPECT_EQ(all.watch_s, usual.watch_s);
  ASSERT_EQ(all.suppliers.size(), 2U);
  const Supplier& marqeta = all.suppliers[0];
  const Supplier usual_one;
  EXPECT_EQ(marqeta.our_reference, usual_one.our_reference);
  EXPECT_EQ(marqeta.authorization, "preceding");
  EXPECT_EQ(marqeta.date_tolerance_s, usual_one.date_tolerance_s);
  EXPECT_EQ(marqeta.margin_s, usual_one.margin_s);
  EXPECT_EQ(marqeta.clear_within_s, usual_one.clear_within_s);
  EXPECT_EQ(marqeta.period_days_max, usual_one.period_days_max);
  EXPECT_EQ(marqeta.approval_above_minor, usual_one.approval_above_minor);
  EXPECT_EQ(marqeta.passes.size(), 3U);
  EXPECT_EQ(marqeta.rules.size(), 2U);
  EXPECT_EQ(all.suppliers[1].books, Books::transfers);
  EXPECT_EQ(all.suppliers[1].source.name, "mobilemart");
}

TEST_F(ReconciliationConfig, NeedsALedgerASpoolAndASupplier) {
  EXPECT_EQ(errors(programs + "[reconciliation]\nspool = \"spool\"\n" + card_supplier),
            "7 reconciliation: needs [postgres]: what is stated is matched with the ledger");
  EXPECT_EQ(errors(ledger + programs + "[reconciliation]\n" + card_supplier),
            "9 reconciliation.spool: is required");
  EXPECT_EQ(errors(reconciliation),
            "9 reconciliation.supplier: is required: add at least one [[reconciliation.supplier]]");
  EXPECT_EQ(errors(reconciliation + "spol = 1\n" + card_supplier),
            "11 reconciliation.spol: is not a known key");
}

TEST_F(ReconciliationConfig, BoundsOfTheWhole) {
  const std::string named = "11 reconciliation.";
  const auto with = [](const std::string& key, std::int64_t value) {
    return reconciliation + key + " = " + std::to_string(value) + "\n" + card_supplier;
  };
  struct Bound {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  for (const auto& [key, min, max] :
       {Bound{"file_bytes_max", 1'024, 1'099'511'627'776}, Bound{"runs_at_once", 1, 16},
        Bound{"work_memory_mib", 1, 4'096}, Bound{"watch_s", 1, 3'600}}) {
    const std::string refusal =
        named + key + ": must be between " + std::to_string(min) + " and " + std::to_string(max);
    EXPECT_EQ(errors(with(key, min)), "none");
    EXPECT_EQ(errors(with(key, max)), "none");
    EXPECT_EQ(errors(with(key, min - 1)), refusal);
    EXPECT_EQ(errors(with(key, max + 1)), refusal);
  }
}

TEST_F(ReconciliationConfig, BoundsOfASupplier) {
  struct Bound {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  for (const auto& [key, min, max] :
       {Bound{"date_tolerance_s", 0, 2'678'400}, Bound{"margin_s", 0, 2'678'400},
        Bound{"clear_within_s", 1, 34'560'000}, Bound{"period_days_max", 1, 400},
        Bound{"approval_above_minor", 0, core::minor_units_max},
        Bound{"run_max_count", 0, 1'000'000'000},
        Bound{"run_max_minor", 0, core::minor_units_max}}) {
    const auto with = [&key = key](std::int64_t value) {
      return card + key + " = " + std::to_string(value) + "\n";
    };
    const std::string refusal =
        "15 " + key + ": must be between " + std::to_string(min) + " and " + std::to_string(max);
    EXPECT_EQ(errors(with(min)), "none");
    EXPECT_EQ(errors(with(max)), "none");
    EXPECT_EQ(errors(with(min - 1)), refusal);
    EXPECT_EQ(errors(with(max + 1)), refusal);
  }
}

TEST_F(ReconciliationConfig, NamesAreWordsAndStandOnce) {
  const auto named = [](const std::string& name) {
    return reconciliation + "[[reconciliation.supplier]]\nname = \"" + name +
           "\"\nsource = \"full.toml\"\nprogram = \"demo\"\n";
  };
  const std::string refusal = "12 name: must be 1 to 32 characters of a-z, 0-9, - and _";
  EXPECT_EQ(errors(named("a-z_0-9" + std::string(25, 'x'))), "none");
  EXPECT_EQ(errors(named(std::string(33, 'x'))), refusal);
  EXPECT_EQ(errors(named("One")), refusal);
  EXPECT_EQ(errors(named("a/b")), refusal);
  EXPECT_EQ(errors(named("")), "12 name: is required");
  EXPECT_EQ(errors(card + card_supplier), "16 reconciliation.supplier[1].name: stands twice");
  EXPECT_EQ(errors(card + "watch_s = 1\n"), "15 watch_s: is not a known key");
}

TEST_F(ReconciliationConfig, ASourcesErrorsStandUnderItsOwnName) {
  const std::string head = reconciliation + "[[reconciliation.supplier]]\nname = \"one\"\n";
  EXPECT_EQ(errors(head + "program = \"demo\"\n"), "11 source: is required");
  EXPECT_EQ(errors(head + "program = \"demo\"\nsource = \"none.toml\"\n"),
            "14 source: none.toml: cannot be read");
  write("wrong.toml",
        "name = \"wrong\"\ncurrency = \"ZZZ\"\n[columns]\nreference = \"r\"\n"
        "occurred_at = \"t\"\namount = \"a\"\n[time]\nformats = [\"YYYY-MM-DD\"]\n");
  EXPECT_EQ(errors(head + "program = \"demo\"\nsource = \"wrong.toml\"\nour_reference = \"x\"\n"),
            "14 source: wrong.toml:7: time.zone: is required | 14 source: wrong.toml:2: currency: "
            "is no currency of ISO 4217, such as \"ZAR\"");
}

TEST_F(ReconciliationConfig, TheProgramIsAConfiguredOne) {
  const std::string head =
      reconciliation + "[[reconciliation.supplier]]\nname = \"one\"\nsource = \"full.toml\"\n";
  EXPECT_EQ(errors(head), "11 program: is required");
  EXPECT_EQ(errors(head + "program = \"dem\"\n"),
            "14 program: \"dem\" is the id of no [[program]]");
}

TEST_F(ReconciliationConfig, KeysOfOneKindOfBooksAreRefusedWithTheOther) {
  EXPECT_EQ(errors(card + "books = \"cards\"\n"), "15 books: must be card or transfers");
  EXPECT_EQ(errors(card + "books = \"card\"\ntransfer_kinds = [\"fee\"]\n"),
            "16 transfer_kinds: is of transfers alone");
  const std::string kinds = "top_up, withdrawal, fee, transfer, wire or referral";
  EXPECT_EQ(errors(card + "books = \"transfers\"\n"), "11 transfer_kinds: is required: " + kinds);
  EXPECT_EQ(errors(card + "books = \"transfers\"\ntransfer_kinds = []\n"),
            "16 transfer_kinds: is required: " + kinds);
  EXPECT_EQ(errors(card + "books = \"transfers\"\ntransfer_kinds = [\"correction\"]\n"),
            "16 transfer_kinds: \"correction\" is not " + kinds);
  EXPECT_EQ(errors(card + "books = \"transfers\"\ntransfer_kinds = [\"fee\", \"fee\"]\n"),
            "16 transfer_kinds: \"fee\" stands twice");
  const Supplier all = supplier(
      card + "books = \"transfers\"\ntransfer_kinds = [\"referral\", \"top_up\", \"wire\"]\n");
  EXPECT_EQ(all.books, Books::transfers);
  EXPECT_EQ(all.transfer_kinds,
            (std::vector{core::TransferKind::referral, core::TransferKind::top_up,
                         core::TransferKind::wire}));
  EXPECT_EQ(errors(transfers + "authorization = \"batch\"\nclear_within_s = 1\n"),
            "17 authorization: is of card books alone | 18 clear_within_s: is of card books alone");
  for (const std::string key : {"authorization", "card", "merchant"}) {
    EXPECT_EQ(errors(transfers + pass("method = \"one_to_many\"\nsame = [\"" + key + "\"]\n")),
              "19 pass[0].same: \"" + key + "\" is of card books alone");
  }
  EXPECT_EQ(errors(transfers + pass("method = \"one_to_many\"\nsame = [\"reference\", \"account\", "
                                    "\"batch\", \"day\"]\n")),
            "none");
}

TEST_F(ReconciliationConfig, ReferencesAreColumnsOfText) {
  for (const std::string column :
       {"reference", "kind", "card", "account", "merchant", "batch", "ours"}) {
    EXPECT_EQ(supplier(card + "our_reference = \"" + column + "\"\n").our_reference, column);
    EXPECT_EQ(supplier(card + "authorization = \"" + column + "\"\n").authorization, column);
  }
  // Of no column, and of one that is no text.
  for (const std::string column : {"merchant_name", "counterparty", "authorization_code", "theirs",
                                   "", "amount", "occurred_at", "fee", "o"}) {
    EXPECT_EQ(errors(card + "our_reference = \"" + column + "\"\n"),
              "15 our_reference: \"" + column +
                  "\" is no column of text in least, nor one of its columns.extra");
  }
  EXPECT_EQ(errors(card + "authorization = \"theirs\"\n"),
            "15 authorization: \"theirs\" is no column of text in least, nor one of its "
            "columns.extra");
  EXPECT_EQ(errors(card + "authorization = \"\"\n"), "15 authorization: is required");
}

TEST_F(ReconciliationConfig, AWatchedDirectoryIsThereAndItsSuppliersOwn) {
  const std::string in = (path() / "in").string();
  EXPECT_EQ(errors(card + "watched = true\n"), "15 watched: needs a directory");
  EXPECT_EQ(errors(card + "directory = \"in\"\n"), "none");  // it can come later
  EXPECT_EQ(errors(card + "directory = \"in\"\nwatched = true\n"),
            "15 directory: " + in + " does not exist");
  write("in", "");
  EXPECT_EQ(errors(card + "directory = \"in\"\nwatched = true\n"),
            "15 directory: " + in + " is no directory");
  std::filesystem::remove(path() / "in");
  std::filesystem::create_directory(path() / "in");
  EXPECT_EQ(errors(card + "directory = \"in\"\nwatched = true\n"), "none");
  EXPECT_EQ(errors(card + "directory = \"./in/../spool/\"\n"),
            "15 directory: must not be the spool");

  const auto two = [](const std::string& first, const std::string& second) {
    return card + "directory = \"in\"\n" + first +
           "[[reconciliation.supplier]]\nname = \"two\"\nsource = \"full.toml\"\n"
           "program = \"demo\"\ndirectory = \"in/\"\n" +
           second;
  };
  const std::string refusal =
      "reconciliation.supplier[1].directory: is that of \"one\": one that is watched has one "
      "supplier";
  EXPECT_EQ(errors(two("", "")), "none");
  EXPECT_EQ(errors(two("watched = true\n", "")), "21 " + refusal);
  EXPECT_EQ(errors(two("", "watched = true\n")), "20 " + refusal);
}

}  // namespace
}  // namespace authd::test
