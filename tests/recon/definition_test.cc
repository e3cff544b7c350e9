#include "authd/recon/definition.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace authd::recon {
namespace {

std::string text_of(const Supplier& supplier) {
  return boost::json::serialize(definition_json(supplier));
}

// What follows the key, up to the end of the text.
std::string from(const Supplier& supplier, const std::string& key) {
  const std::string text = text_of(supplier);
  const std::size_t at = text.find("\"" + key + "\"");
  return at == std::string::npos ? "" : text.substr(at);
}

core::Currency currency(std::string_view alpha) { return *core::Currency::from_alpha(alpha); }

Supplier card_supplier() {
  Supplier supplier;
  supplier.name = "one";
  supplier.source.name = "marqeta_clearing";
  supplier.program = *core::ProgramId::from("demo");
  return supplier;
}

TEST(Definition, SaysWhatHoldsWhereNobodyHasSaidAnything) {
  EXPECT_EQ(text_of(card_supplier()),
            "{\"source\":\"marqeta_clearing\",\"program\":\"demo\",\"books\":\"card\","
            "\"our_reference\":\"reference\",\"debits_positive\":false,\"date_tolerance_s\":86400,"
            "\"margin_s\":259200,\"period_days_max\":45,\"approval_above_minor\":0,"
            "\"watched\":false,\"clear_within_s\":604800,\"passes\":[],\"fees\":[],\"rates\":[],"
            "\"rules\":[]}");
}

TEST(Definition, HasTheKeysOfItsBooksAlone) {
  Supplier supplier = card_supplier();
  supplier.authorization = "preceding";
  EXPECT_NE(text_of(supplier).find("\"authorization\":\"preceding\""), std::string::npos);
  EXPECT_EQ(from(supplier, "transfer_kinds"), "");
  supplier.books = Books::transfers;
  supplier.transfer_kinds = {core::TransferKind::top_up, core::TransferKind::wire};
  EXPECT_NE(text_of(supplier).find("\"books\":\"transfers\""), std::string::npos);
  EXPECT_NE(text_of(supplier).find("\"transfer_kinds\":[\"top_up\",\"wire\"]"), std::string::npos);
  EXPECT_EQ(from(supplier, "authorization"), "");
  EXPECT_EQ(from(supplier, "clear_within_s"), "");
}

TEST(Definition, LimitsStandWhereTheyAre) {
  Supplier supplier = card_supplier();
  EXPECT_EQ(from(supplier, "run_max_count"), "");
  supplier.run_max_count = 0;
  supplier.run_max_minor = core::minor_units_max;
  EXPECT_EQ(from(supplier, "run_max_count"),
            "\"run_max_count\":0,\"run_max_minor\":999999999999999999,\"passes\":[],\"fees\":[],"
            "\"rates\":[],\"rules\":[]}");
}

TEST(Definition, PassesFeesRatesAndRulesAreExact) {
  Supplier supplier = card_supplier();
  supplier.passes = {{Method::reference, 100, {}, 0, {}},
                     {Method::amount_window, 60, {}, 3'600, {Key::card, Key::day}},
                     {Method::currency, 80, {7, 5}, 0, {}}};
  supplier.fees = {{"sale", currency("ZAR"), 10, 125, 1, 12, {0, 1'400}}, {}};
  supplier.rates = {{currency("USD"), currency("ZAR"), 18'234'500'000},
                    {currency("ZAR"), currency("USD"), 1},
                    {currency("EUR"), currency("USD"), core::minor_units_max},
                    {currency("BWP"), currency("USD"), 10'000'000'000}};
  supplier.rules = {{"cents", RuleKind::rounding, 2, 0, 15, 16},
                    {"late", RuleKind::timing, 0, 17, {}, {}}};
  EXPECT_EQ(from(supplier, "passes"),
            "\"passes\":[{\"method\":\"reference\",\"confidence\":100},"
            "{\"method\":\"amount_window\",\"confidence\":60,\"window_s\":3600,"
            "\"same\":[\"card\",\"day\"]},"
            "{\"method\":\"currency\",\"confidence\":80,\"tolerance_minor\":7,"
            "\"tolerance_percent\":\"0.05\"}],"
            "\"fees\":[{\"kind\":\"sale\",\"currency\":\"ZAR\",\"percent\":\"1.25\","
            "\"fixed_minor\":10,\"min_minor\":1,\"max_minor\":12,\"tolerance_percent\":\"14\"},"
            "{\"percent\":\"0\",\"fixed_minor\":0,\"min_minor\":0}],"
            "\"rates\":[{\"from\":\"USD\",\"to\":\"ZAR\",\"rate\":\"18.2345\"},"
            "{\"from\":\"ZAR\",\"to\":\"USD\",\"rate\":\"0.000000001\"},"
            "{\"from\":\"EUR\",\"to\":\"USD\",\"rate\":\"999999999.999999999\"},"
            "{\"from\":\"BWP\",\"to\":\"USD\",\"rate\":\"10\"}],"
            "\"rules\":[{\"name\":\"cents\",\"kind\":\"rounding\",\"each_max_minor\":2,"
            "\"run_max_count\":15,\"run_max_minor\":16},"
            "{\"name\":\"late\",\"kind\":\"timing\",\"window_s\":17}]}");
}

}  // namespace
}  // namespace authd::recon
