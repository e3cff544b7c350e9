#include "tests/daemon/reconciliation_text.h"

namespace authd::test {
namespace {

using recon::Supplier;

using ReconciliationTerms = ReconciliationConfig;

std::string methods_of(const Supplier& supplier) {
  std::string text;
  for (const recon::Pass& pass : supplier.passes) {
    text += std::string(name(pass.method)) + " " + std::to_string(pass.confidence) + ", ";
  }
  return text;
}

TEST_F(ReconciliationTerms, WithoutPassesThereAreTheUsualOnes) {
  const std::string a_fee = fee("percent = 1\n");
  const std::string a_rate = rate("from = \"USD\"\nto = \"ZAR\"\nrate = 18\n");
  EXPECT_EQ(methods_of(supplier(card)), "reference 100, ");
  EXPECT_EQ(methods_of(supplier(card + a_fee)), "reference 100, net_of_fee 95, ");
  EXPECT_EQ(methods_of(supplier(card + a_rate)), "reference 100, currency 80, ");
  EXPECT_EQ(methods_of(supplier(card + a_rate + a_fee)),
            "reference 100, net_of_fee 95, currency 80, ");
  EXPECT_EQ(methods_of(supplier(card + a_fee + pass("method = \"reference\"\n"))),
            "reference 100, ");
  EXPECT_EQ(errors(card + "pass = []\n"), "15 pass: must not be empty: leave it out instead");
}

TEST_F(ReconciliationTerms, EveryMethodHasAConfidenceOfItsOwn) {
  const std::string same = "same = [\"card\"]\n";
  const std::string text =
      card + fee("percent = 1\n") + rate("from = \"USD\"\nto = \"ZAR\"\nrate = 18\n") +
      pass("method = \"reference\"\n") +
      pass("method = \"reference_tolerance\"\ntolerance_minor = 1\n") +
      pass("method = \"amount_window\"\nwindow_s = 1\n" + same) +
      pass("method = \"one_to_many\"\n" + same) + pass("method = \"many_to_one\"\n" + same) +
      pass("method = \"many_to_many\"\n" + same) + pass("method = \"net_of_fee\"\n") +
      pass("method = \"currency\"\n");
  EXPECT_EQ(methods_of(supplier(text)),
            "reference 100, reference_tolerance 90, amount_window 60, one_to_many 85, "
            "many_to_one 85, many_to_many 75, net_of_fee 95, currency 80, ");
  const std::string reference = "method = \"reference\"\n";
  EXPECT_EQ(supplier(card + pass(reference + "confidence = 1\n")).passes.at(0).confidence, 1);
  EXPECT_EQ(errors(card + pass(reference + "confidence = 0\n")),
            "17 pass[0].confidence: must be between 1 and 100");
  EXPECT_EQ(errors(card + pass(reference + "confidence = 101\n")),
            "17 pass[0].confidence: must be between 1 and 100");
}

TEST_F(ReconciliationTerms, APassHasAMethodForPasses) {
  const std::string refusal =
      "16 pass[0].method: must be reference, reference_tolerance, amount_window, one_to_many, "
      "many_to_one, many_to_many, net_of_fee or currency";
  EXPECT_EQ(errors(card + pass("")), "15 pass[0].method: is required");
  for (const std::string word : {"references", "reference_only", "manual"}) {
    EXPECT_EQ(errors(card + pass("method = \"" + word + "\"\nwindow_s = 1\nsame = [\"day\"]\n")),
              refusal);
  }
  EXPECT_EQ(errors(card + pass("method = \"reference\"\ncolour = 1\n")),
            "17 pass[0].colour: is not a known key");
}

TEST_F(ReconciliationTerms, AWindowIsOfAmountWindowAlone) {
  const std::string window = "method = \"amount_window\"\nsame = [\"card\"]\n";
  EXPECT_EQ(errors(card + pass(window)),
            "15 pass[0].window_s: is required: how far apart in time lines and items may be");
  EXPECT_EQ(supplier(card + pass(window + "window_s = 0\n")).passes.at(0).window_s, 0);
  EXPECT_EQ(supplier(card + pass(window + "window_s = 259200\n")).passes.at(0).window_s, 259'200);
  EXPECT_EQ(errors(card + pass(window + "window_s = 259201\n")),
            "18 pass[0].window_s: must not be above the supplier's margin_s (259200): items "
            "further away are not looked at");
  EXPECT_EQ(errors(card + pass(window + "window_s = -1\n")),
            "18 pass[0].window_s: must be between 0 and 2678400");
  EXPECT_EQ(errors(card + "margin_s = 2678400\n" + pass(window + "window_s = 2678401\n")),
            "19 pass[0].window_s: must be between 0 and 2678400");
  EXPECT_EQ(errors(card + pass("method = \"reference\"\nwindow_s = 1\n")),
            "17 pass[0].window_s: is of amount_window alone");
}

TEST_F(ReconciliationTerms, WhatIsTheSameIsOfAmountWindowAndGroups) {
  for (const std::string method : {"one_to_many", "many_to_one", "many_to_many"}) {
    const std::string group = "method = \"" + method + "\"\n";
    EXPECT_EQ(errors(card + pass(group)),
              "15 pass[0].same: is required: what lines and items have in common");
    EXPECT_EQ(errors(card + pass(group + "same = []\n")),
              "17 pass[0].same: must name at least one of reference, authorization, card, "
              "merchant, account, batch or day");
    EXPECT_EQ(errors(card + pass(group + "same = [\"day\"]\n")), "none");
  }
  EXPECT_EQ(errors(card + pass("method = \"amount_window\"\nwindow_s = 1\n")),
            "15 pass[0].same: is required: what lines and items have in common");
  const std::string group = "method = \"one_to_many\"\n";
  EXPECT_EQ(errors(card + pass(group + "same = [\"card\", \"card\"]\n")),
            "17 pass[0].same: \"card\" stands twice");
  EXPECT_EQ(errors(card + pass(group + "same = [\"colour\"]\n")),
            "17 pass[0].same: \"colour\" is not reference, authorization, card, merchant, account, "
            "batch or day");
  EXPECT_EQ(errors(card + pass("method = \"reference\"\nsame = [\"card\"]\n")),
            "17 pass[0].same: is of amount_window and of groups alone");
}

TEST_F(ReconciliationTerms, WhatIsTheSameIsInTheSource) {
  const std::string least =
      reconciliation +
      "[[reconciliation.supplier]]\nname = \"one\"\nsource = \"least.toml\"\nprogram = \"demo\"\n";
  for (const std::string key : {"card", "merchant", "account", "batch"}) {
    const std::string group = pass("method = \"one_to_many\"\nsame = [\"" + key + "\"]\n");
    EXPECT_EQ(errors(card + group), "none");
    EXPECT_EQ(errors(least + group),
              "17 pass[0].same: \"" + key + "\" needs columns." + key + " in the source");
  }
  const std::string group = pass("method = \"one_to_many\"\nsame = [\"authorization\"]\n");
  EXPECT_EQ(errors(card + "authorization = \"ours\"\n" + group), "none");
  EXPECT_EQ(errors(card + group),
            "17 pass[0].same: \"authorization\" needs the supplier's key `authorization`");
}

TEST_F(ReconciliationTerms, AToleranceIsWhereAmountsMayDiffer) {
  const std::string tolerance = "method = \"reference_tolerance\"\n";
  const std::string refusal = "pass[0].tolerance_minor: or tolerance_percent is required, above 0";
  EXPECT_EQ(errors(card + pass(tolerance)), "15 " + refusal);
  EXPECT_EQ(errors(card + pass(tolerance + "tolerance_minor = 0\n")), "17 " + refusal);
  EXPECT_EQ(errors(card + pass(tolerance + "tolerance_minor = 1\n")), "none");
  EXPECT_EQ(errors(card + pass(tolerance + "tolerance_percent = \"0.01\"\n")), "none");
  EXPECT_EQ(errors(card + pass(tolerance + "tolerance_percent = \"0.00\"\n")), "15 " + refusal);
  EXPECT_EQ(supplier(card + pass(tolerance + "tolerance_percent = 100\n"))
                .passes.at(0)
                .tolerance.basis_points,
            10'000);
  const std::string percent =
      "17 pass[0].tolerance_percent: must be a decimal number from 0 to 100 with at most two "
      "decimals";
  for (const std::string wrong :
       {"\"100.01\"", "\"0.001\"", "\"-1\"", "-1", "\"1e1\"", "\"half\""}) {
    EXPECT_EQ(
        errors(card + pass(tolerance + "tolerance_percent = " + wrong + "\ntolerance_minor = 1\n")),
        percent)
        << wrong;
  }
  EXPECT_EQ(errors(card + pass(tolerance + "tolerance_percent = 0.5\ntolerance_minor = 1\n")),
            "17 pass[0].tolerance_percent: must be a decimal number in quotes, such as \"2.5\", or "
            "an integer");
  for (const std::string method : {"reference", "amount_window"}) {
    const std::string rest = method == "reference" ? "" : "window_s = 1\nsame = [\"card\"]\n";
    EXPECT_EQ(errors(card + pass("method = \"" + method + "\"\ntolerance_minor = 1\n" + rest)),
              "17 pass[0].tolerance_minor: means nothing to " + method + ": amounts are the same");
  }
  EXPECT_EQ(errors(card + pass("method = \"one_to_many\"\ntolerance_percent = 1\n"
                               "same = [\"card\"]\n")),
            "none");
}

TEST_F(ReconciliationTerms, MethodsNeedWhatTheyCompareWith) {
  const std::string least =
      reconciliation +
      "[[reconciliation.supplier]]\nname = \"one\"\nsource = \"least.toml\"\nprogram = \"demo\"\n";
  const std::string net_of_fee = pass("method = \"net_of_fee\"\n");
  EXPECT_EQ(errors(card + net_of_fee), "none");  // lines state their fees
  EXPECT_EQ(errors(least + fee("percent = 1\n") + net_of_fee), "none");
  EXPECT_EQ(errors(least + net_of_fee),
            "16 pass[0].method: net_of_fee needs [[reconciliation.supplier.fee]], or columns.fee "
            "in the source");
  EXPECT_EQ(errors(card + pass("method = \"currency\"\n")),
            "16 pass[0].method: currency needs a rate: add [[reconciliation.supplier.rate]]");
}

TEST_F(ReconciliationTerms, AFeeSaysHowMuchAndOfWhat) {
  EXPECT_EQ(errors(card + fee("")),
            "15 fee[0].percent: is required, or fixed_minor: how much the fee is");
  EXPECT_EQ(errors(card + fee("fixed_minor = 0\n")), "none");
  EXPECT_EQ(errors(card + fee("fixed_minor = -1\n")),
            "16 fee[0].fixed_minor: must be between 0 and 999999999999999999");
  EXPECT_EQ(supplier(card + fee("percent = \"99.99\"\n")).fees.at(0).basis_points, 9'999);
  EXPECT_EQ(supplier(card + fee("percent = 1\n")).fees.at(0).max_minor, std::nullopt);
  EXPECT_EQ(errors(card + fee("percent = \"100.01\"\n")),
            "16 fee[0].percent: must be a decimal number from 0 to 100 with at most two decimals");
  EXPECT_EQ(errors(card + fee("percent = 1\nmin_minor = 5\nmax_minor = 5\n")), "none");
  EXPECT_EQ(errors(card + fee("percent = 1\nmin_minor = 5\nmax_minor = 4\n")),
            "18 fee[0].max_minor: must not be below min_minor");
  EXPECT_EQ(errors(card + fee("percent = 1\ncurrency = \"ZZZ\"\n")),
            "17 fee[0].currency: must be an ISO 4217 code such as USD");
  EXPECT_EQ(errors(card + fee("percent = 1\nkind = \"\"\n")), "17 fee[0].kind: is required");
  EXPECT_EQ(errors(card + fee("percent = 1\nkind = \"" + std::string(64, 'x') + "\"\n")), "none");
  EXPECT_EQ(errors(card + fee("percent = 1\nkind = \"" + std::string(65, 'x') + "\"\n")),
            "17 fee[0].kind: must be at most 64 bytes without control characters");
  EXPECT_EQ(errors(reconciliation +
                   "[[reconciliation.supplier]]\nname = \"one\"\nsource = \"least.toml\"\n"
                   "program = \"demo\"\n" +
                   fee("percent = 1\nkind = \"a\"\n")),
            "17 fee[0].kind: needs columns.kind in the source");
}

TEST_F(ReconciliationTerms, NoTwoFeesAreOfTheSame) {
  const std::string a = fee("percent = 1\nkind = \"a\"\n");
  const std::string a_in_zar = fee("percent = 1\nkind = \"a\"\ncurrency = \"ZAR\"\n");
  const std::string a_in_usd = fee("percent = 1\nkind = \"a\"\ncurrency = \"USD\"\n");
  const std::string any = fee("percent = 1\n");
  EXPECT_EQ(errors(card + a + a_in_zar + a_in_usd + any), "none");
  EXPECT_EQ(errors(card + a + a), "20 fee[1].kind: and currency are those of a fee before");
  EXPECT_EQ(errors(card + a_in_zar + a + a_in_zar),
            "24 fee[2].kind: and currency are those of a fee before");
  EXPECT_EQ(errors(card + any + any), "17 fee[1].kind: and currency are those of a fee before");
}

TEST_F(ReconciliationTerms, ARateIsExact) {
  const std::string pair = "from = \"USD\"\nto = \"ZAR\"\n";
  const auto read = [&](const std::string& text) {
    return supplier(card + rate(pair + "rate = " + text + "\n")).rates.at(0).rate_e9;
  };
  EXPECT_EQ(read("\"0.000000001\""), 1);
  EXPECT_EQ(read("\"18.2345\""), 18'234'500'000);
  EXPECT_EQ(read("18"), 18'000'000'000);
  EXPECT_EQ(read("\"999999999.999999999\""), core::minor_units_max);
  const std::string refusal =
      "18 rate[0].rate: must be a decimal number above 0 and below 1000000000 with at most nine "
      "decimals";
  for (const std::string wrong : {"\"0.0000000001\"", "\"01\"", "\".5\"", "\"5.\"", "\"1.2.3\"",
                                  "\"1e1\"", "\"0\"", "0", "\"1000000000\"", "\"-1\"", "\"1,5\""}) {
    EXPECT_EQ(errors(card + rate(pair + "rate = " + wrong + "\n")), refusal) << wrong;
  }
  EXPECT_EQ(errors(card + rate(pair + "rate = 18.2345\n")),
            "18 rate[0].rate: must be a decimal number in quotes, such as \"2.5\", or an integer");
  EXPECT_EQ(errors(card + rate(pair)), "15 rate[0].rate: is required");
  EXPECT_EQ(errors(card + rate("rate = 1\n")),
            "15 rate[0].from: is required | 15 rate[0].to: is required");
  EXPECT_EQ(errors(card + rate("from = \"USD\"\nto = \"USD\"\nrate = 1\n")),
            "17 rate[0].to: must be another currency than from");
}

TEST_F(ReconciliationTerms, NoTwoRatesAreOfTheSame) {
  const std::string there = rate("from = \"USD\"\nto = \"ZAR\"\nrate = 18\n");
  const std::string back = rate("from = \"ZAR\"\nto = \"USD\"\nrate = \"0.05\"\n");
  EXPECT_EQ(errors(card + there + back), "none");
  EXPECT_EQ(errors(card + there + back + there),
            "24 rate[2].from: and to are those of a rate before");
}

TEST_F(ReconciliationTerms, ARuleHasTheKeysOfItsKind) {
  const auto of_kind = [](const std::string& kind, const std::string& keys) {
    return card + rule("name = \"a\"\nkind = \"" + kind + "\"\n" + keys);
  };
  EXPECT_EQ(errors(of_kind("round", "")),
            "17 rule[0].kind: must be timing, rounding, known_fee or status_progression");
  EXPECT_EQ(errors(of_kind("rounding", "")),
            "15 rule[0].each_max_minor: is required: what is still rounding");
  EXPECT_EQ(errors(of_kind("rounding", "each_max_minor = 1\n")), "none");
  EXPECT_EQ(errors(of_kind("rounding", "each_max_minor = 0\n")),
            "18 rule[0].each_max_minor: must be between 1 and 999999999999999999");
  EXPECT_EQ(errors(of_kind("rounding", "each_max_minor = 1\nwindow_s = 1\n")),
            "19 rule[0].window_s: is of timing alone");
  EXPECT_EQ(errors(of_kind("timing", "")),
            "15 rule[0].window_s: is required: how late the other side may be");
  EXPECT_EQ(errors(of_kind("timing", "window_s = 1\n")), "none");
  EXPECT_EQ(errors(of_kind("timing", "window_s = 2678400\n")), "none");
  EXPECT_EQ(errors(of_kind("timing", "window_s = 0\n")),
            "18 rule[0].window_s: must be between 1 and 2678400");
  EXPECT_EQ(errors(of_kind("timing", "window_s = 2678401\n")),
            "18 rule[0].window_s: must be between 1 and 2678400");
  EXPECT_EQ(errors(of_kind("timing", "window_s = 1\neach_max_minor = 1\n")),
            "19 rule[0].each_max_minor: is of rounding and known_fee alone");
  EXPECT_EQ(errors(of_kind("status_progression", "")), "none");
  EXPECT_EQ(errors(of_kind("status_progression", "each_max_minor = 1\nwindow_s = 1\n")),
            "18 rule[0].each_max_minor: is of rounding and known_fee alone | 19 rule[0].window_s: "
            "is of timing alone");
  EXPECT_EQ(errors(of_kind("known_fee", "")),
            "17 rule[0].kind: known_fee needs a fee: add [[reconciliation.supplier.fee]]");
  EXPECT_EQ(errors(of_kind("known_fee", fee("percent = 1\n"))), "none");
  EXPECT_EQ(errors(of_kind("known_fee", "each_max_minor = 1\n" + fee("percent = 1\n"))), "none");
}

TEST_F(ReconciliationTerms, RulesHaveNamesAndLimits) {
  const std::string progression = "kind = \"status_progression\"\n";
  EXPECT_EQ(errors(card + rule(progression)), "15 rule[0].name: is required");
  EXPECT_EQ(
      errors(card + rule("name = \"a\"\n" + progression) + rule("name = \"b\"\n" + progression)),
      "none");
  EXPECT_EQ(
      errors(card + rule("name = \"a\"\n" + progression) + rule("name = \"a\"\n" + progression)),
      "19 rule[1].name: stands twice");
  EXPECT_EQ(errors(card + rule("name = \"a\\u0007\"\n" + progression)),
            "16 rule[0].name: must be at most 64 bytes without control characters");
  const Supplier none =
      supplier(card + rule("name = \"a\"\nrun_max_count = 0\nrun_max_minor = 0\n" + progression));
  EXPECT_EQ(none.rules.at(0).run_max_count, 0);
  EXPECT_EQ(none.rules.at(0).run_max_minor, 0);
  EXPECT_EQ(errors(card + rule("name = \"a\"\nrun_max_count = -1\n" + progression)),
            "17 rule[0].run_max_count: must be between 0 and 1000000000");
  EXPECT_EQ(errors(card + rule("name = \"a\"\nrun_max_minor = -1\n" + progression)),
            "17 rule[0].run_max_minor: must be between 0 and 999999999999999999");
}

TEST_F(ReconciliationTerms, ThereIsAnEndToHowManyTablesThereAre) {
  std::string passes;
  for (int i = 0; i < 64; ++i) passes += pass("method = \"reference\"\n");
  EXPECT_EQ(errors(card + passes), "none");
  EXPECT_EQ(errors(card + passes + pass("method = \"reference\"\n")),
            "15 pass: must stand at most 64 times");
  std::string rules;
  for (int i = 0; i < 64; ++i) {
    rules += rule("name = \"" + std::to_string(i) + "\"\nkind = \"status_progression\"\n");
  }
  EXPECT_EQ(errors(card + rules), "none");
  EXPECT_EQ(errors(card + rules + rule("name = \"x\"\nkind = \"status_progression\"\n")),
            "15 rule: must stand at most 64 times");
}

}  // namespace
}  // namespace authd::test
