// Descriptions of sources: those that are shipped, and those that are wrong.

#include "authd/recon/source_reader.h"

#include <gtest/gtest.h>

#include "authd/recon/preview.h"
#include "files.h"

namespace authd::recon {
namespace {

Source shipped(const std::string& name) {
  auto source = load_source(AUTHD_SOURCES "/" + name + ".toml");
  if (!source) {
    for (const ConfigError& error : source.error()) {
      ADD_FAILURE() << name << ":" << error.line << ": " << error.key << " " << error.message;
    }
    return {};
  }
  EXPECT_EQ(source->name, name);
  EXPECT_FALSE(source->description.empty());
  return *std::move(source);
}

Contents read_sample(const std::string& name) {
  return read_all(AUTHD_TEST_DATA "/recon/samples/" + name + ".csv", shipped(name));
}

std::int64_t utc_us(std::string_view text) {
  return TimeFormat::compile("YYYY-MM-DD HH:mm:ss")->timestamp(text, {})->unix_us;
}

TEST(ShippedSources, ReadMobileMart) {
  const Contents contents = read_sample("mobilemart");
  ASSERT_EQ(contents.lines.size(), 2U);
  const Line& sale = contents.lines[0];
  EXPECT_EQ(sale.reference, "MM-900001");
  EXPECT_EQ(sale.kind, "Airtime");
  EXPECT_EQ(sale.occurred_at.unix_us, utc_us("2026-11-20 05:15:09"));
  EXPECT_EQ(sale.amount.minor_units, 5'000);
  EXPECT_EQ(sale.amount.currency.alpha(), "ZAR");
  EXPECT_EQ(sale.fee->minor_units, 125);
  EXPECT_EQ(sale.status, LineStatus::settled);
  EXPECT_EQ(sale.counterparty, "27821234567");
  EXPECT_EQ(sale.batch, "B-118");
  ASSERT_EQ(sale.extra.size(), 2U);  // TOML's tables are in the order of their keys
  EXPECT_EQ(sale.extra[0], "auth-77");
  EXPECT_EQ(sale.extra[1], "MTN R50, prepaid");
  EXPECT_EQ(contents.lines[1].amount.minor_units, -20'000);
  EXPECT_EQ(contents.lines[1].status, LineStatus::reversed);
  ASSERT_EQ(contents.bad.size(), 1U);
  EXPECT_EQ(contents.bad[0].line_number, 4U);
  EXPECT_EQ(contents.bad[0].reason, Reason::status_unknown);
  EXPECT_EQ(contents.bad[0].text, "Vanished");
}

TEST(ShippedSources, ReadFlash) {
  const Contents contents = read_sample("flash");
  ASSERT_EQ(contents.lines.size(), 2U);
  EXPECT_EQ(contents.lines[0].reference, "F1");
  EXPECT_EQ(contents.lines[0].occurred_at.unix_us, utc_us("2026-11-20 07:30:00"));
  EXPECT_EQ(contents.lines[0].amount.minor_units, 125'075);
  EXPECT_EQ(contents.lines[0].fee->minor_units, 250);
  EXPECT_EQ(contents.lines[0].merchant_name, "Caf\xC3\xA9 Zo\xC3\xAB");
  EXPECT_EQ(contents.lines[1].amount.minor_units, -5);
  EXPECT_EQ(contents.lines[1].merchant_name, "Spaza \xE2\x82\xAC");
  EXPECT_EQ(contents.lines[1].status, LineStatus::reversed);
  EXPECT_TRUE(contents.bad.empty());
  EXPECT_EQ(contents.end.trailer, TrailerVerdict::matches);
  EXPECT_EQ(contents.end.stated_lines, 2U);
  EXPECT_EQ(contents.end.stated_total_minor, 125'070);
}

TEST(ShippedSources, ReadMarqetasClearing) {
  const Contents contents = read_sample("marqeta_clearing");
  ASSERT_EQ(contents.lines.size(), 2U);
  const Line& clearing = contents.lines[0];
  EXPECT_EQ(clearing.reference, "7d9b1c1e-5a54-4b1f-9d41-0d8e1e4f9a01");
  EXPECT_EQ(clearing.kind, "authorization.clearing");
  EXPECT_EQ(clearing.occurred_at.unix_us, utc_us("2026-11-20 06:01:02"));
  EXPECT_EQ(clearing.settled_on, core::day_of({2026, 11, 21}));
  EXPECT_EQ(clearing.amount.minor_units, -475);
  EXPECT_EQ(clearing.amount.currency.alpha(), "USD");
  EXPECT_EQ(clearing.fee->minor_units, -8);
  EXPECT_EQ(clearing.card, "card-1");
  EXPECT_EQ(clearing.account, "user-1");
  EXPECT_EQ(clearing.merchant, "000000123456789");
  EXPECT_EQ(clearing.merchant_name, "COFFEE, INC.");
  EXPECT_EQ(clearing.authorization_code, "123456");
  EXPECT_EQ(clearing.batch, "20261121-1");
  EXPECT_EQ(contents.lines[1].occurred_at.unix_us, utc_us("2026-11-20 06:05:00") + 123'456);
  EXPECT_FALSE(contents.lines[1].fee);
  EXPECT_EQ(contents.end.totals[0].signed_minor, 0);
}

TEST(ShippedSources, ReadStripesClearing) {
  const Contents contents = read_sample("stripe_clearing");
  ASSERT_EQ(contents.lines.size(), 2U);
  EXPECT_EQ(contents.lines[0].reference, "txn_1PfA");
  EXPECT_EQ(contents.lines[0].amount.minor_units, -3'120);
  EXPECT_EQ(contents.lines[0].amount.currency.alpha(), "USD");
  EXPECT_EQ(contents.lines[0].settled_on, core::day_of({2026, 11, 22}));
  EXPECT_EQ(contents.lines[0].status, LineStatus::settled);
  EXPECT_EQ(contents.lines[0].batch, "po_1");
  EXPECT_EQ(contents.lines[1].occurred_at.unix_us, utc_us("2026-11-20 06:03:00"));
  EXPECT_EQ(contents.lines[1].fee->minor_units, 35);
}

TEST(ShippedSources, ReadTheGenericOne) {
  const Contents contents = read_sample("generic");
  ASSERT_EQ(contents.lines.size(), 2U);
  EXPECT_EQ(contents.lines[0].amount.minor_units, -1'250);
  EXPECT_EQ(contents.lines[1].amount.minor_units, 1'000);
  EXPECT_EQ(contents.lines[1].occurred_at.unix_us, utc_us("2026-11-20 08:00:00") + 250'000);
  EXPECT_EQ(contents.lines[1].status, LineStatus::pending);
  EXPECT_FALSE(contents.lines[1].settled_on);
  EXPECT_EQ(contents.lines[1].extra[0], "two, with a \"quote\"");
  EXPECT_EQ(contents.end.totals.size(), 2U);
}

TEST(ShippedSources, AreAllTested) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(AUTHD_SOURCES)) {
    ++count;
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(std::filesystem::exists(AUTHD_TEST_DATA "/recon/samples/" + name + ".csv")) << name;
  }
  EXPECT_EQ(count, 5U);
}

// A description that works, with one part replaced.
constexpr std::string_view good = R"(name = "x"
currency = "ZAR"
[columns]
reference = "r"
occurred_at = "t"
amount = "a"
[time]
formats = ["YYYY-MM-DD"]
zone = "UTC"
)";

std::vector<std::string> errors_of(std::string_view text) {
  const TemporaryFile file(text);
  const auto source = load_source(file.path());
  std::vector<std::string> errors;
  if (source) return errors;
  for (const ConfigError& error : source.error()) {
    errors.push_back(std::to_string(error.line) + " " + error.key);
  }
  return errors;
}

std::vector<std::string> errors_with(std::string_view old_part, std::string_view new_part) {
  std::string text(good);
  const std::size_t at = text.find(old_part);
  EXPECT_NE(at, std::string::npos) << old_part;
  text.replace(at, old_part.size(), new_part);
  return errors_of(text);
}

using Errors = std::vector<std::string>;

TEST(SourceReader, NamesKeyAndLineOfWhatIsWrong) {
  EXPECT_EQ(errors_of(good), Errors{});
  EXPECT_EQ(errors_with("name = \"x\"", "name = 1"), Errors{"1 name"});
  EXPECT_EQ(errors_with("name = \"x\"", ""), Errors{"1 name"});
  EXPECT_EQ(errors_with("\"ZAR\"", "\"RAND\""), Errors{"2 currency"});
  EXPECT_EQ(errors_with("currency = \"ZAR\"", ""), Errors{"1 currency"});
  EXPECT_EQ(errors_with("reference = \"r\"", ""), Errors{"3 columns.reference"});
  EXPECT_EQ(errors_with("\"a\"", "3"), Errors{"6 columns.amount"});
  EXPECT_EQ(errors_with("amount = \"a\"", "amount = \"a\"\nsum = \"s\""), Errors{"7 columns.sum"});
  EXPECT_EQ(errors_with("\"YYYY-MM-DD\"", "\"dd.mm.yy\""), Errors{"8 time.formats"});
  EXPECT_EQ(errors_with("[\"YYYY-MM-DD\"]", "[]"), Errors{"8 time.formats"});
  EXPECT_EQ(errors_with("\"UTC\"", "\"Mars/Base\""), Errors{"9 time.zone"});
  EXPECT_EQ(errors_with("zone = \"UTC\"", ""), Errors{"7 time.zone"});
  EXPECT_EQ(errors_with("amount = \"a\"", "amount = \"a\"\nsettled_on = \"s\""),
            Errors{"8 time.date_formats"});
  EXPECT_EQ(errors_with("amount = \"a\"", "amount = \"a\"\nstatus = \"s\""), Errors{"1 status"});
  EXPECT_EQ(errors_with("amount = \"a\"", "amount = \"a\"\ndirection = \"s\""), Errors{"1 amount"});
}

TEST(SourceReader, ChecksTheLayout) {
  const auto with = [](const std::string& line) {
    return errors_with("name = \"x\"", "name=\"x\"\n" + line);
  };
  EXPECT_EQ(with("delimiter = \"\\t\""), Errors{});
  EXPECT_EQ(with("quote = \"\""), Errors{});
  EXPECT_EQ(with("delimiter = \";;\""), Errors{"2 delimiter"});
  EXPECT_EQ(with("delimiter = \"\""), Errors{"2 delimiter"});
  EXPECT_EQ(with("delimiter = \"x\""), Errors{"2 delimiter"});
  EXPECT_EQ(with("delimiter = \"\\n\""), Errors{"2 delimiter"});
  EXPECT_EQ(with("quote = \",\""), Errors{"2 quote"});
  EXPECT_EQ(with("encoding = \"latin1\""), Errors{"2 encoding"});
  EXPECT_EQ(with("line_bytes_max = 255"), Errors{"2 line_bytes_max"});
  EXPECT_EQ(with("line_bytes_max = 256"), Errors{});
  EXPECT_EQ(with("line_bytes_max = 1048577"), Errors{"2 line_bytes_max"});
  EXPECT_EQ(with("column_count = 0"), Errors{"2 column_count"});
  EXPECT_EQ(with("colour = 1"), Errors{"2 colour"});
  EXPECT_EQ(with("not toml"), Errors{"2 "});
}

TEST(SourceReader, ChecksAmountsStatusesAndTrailers) {
  const auto with = [](const std::string& table) { return errors_of(std::string(good) + table); };
  EXPECT_EQ(with("[amount]\nunits=\"cents\""), Errors{"11 amount.units"});
  EXPECT_EQ(with("[amount]\ndecimal_mark=\";\""), Errors{"11 amount.decimal_mark"});
  EXPECT_EQ(with("[amount]\ngrouping_mark=\".\""), Errors{"11 amount.grouping_mark"});
  EXPECT_EQ(with("[amount]\nsign=\"column\"\ndebit_words=[\"D\"]\ncredit_words=[\"C\"]"),
            Errors{"11 amount.sign"});
  EXPECT_EQ(with("[amount]\ndebit_words=[\"D\"]"), Errors{"10 amount.sign"});
  EXPECT_EQ(with("[status]\nsettled=[\"a\"]\nfailed=[\"a\"]"), Errors{"12 status.failed"});
  EXPECT_EQ(with("[status]\nunknown=\"lost\""), Errors{"11 status.unknown"});
  EXPECT_EQ(with("[trailer]\nfirst_column=\"T\""), Errors{"10 trailer.count"});
  EXPECT_EQ(with("[trailer]\nfirst_column=\"T\"\ncount=1"), Errors{"12 trailer.count"});
  EXPECT_EQ(with("[trailer]\nfirst_column=\"T\"\ncount=2"), Errors{});
  EXPECT_EQ(with("[trailer]\ncount=2"), Errors{"10 trailer.first_column"});
}

TEST(SourceReader, TakesColumnsByPlaceWithoutAHeader) {
  const TemporaryFile file(
      "name=\"x\"\nheader=false\ncolumn_count=3\ncurrency=\"ZAR\"\n[columns]\nreference=3\n"
      "occurred_at=1\namount=2\n[time]\nformats=[\"YYYY-MM-DD\"]\nzone=\"UTC\"\n");
  const auto source = load_source(file.path());
  ASSERT_TRUE(source);
  EXPECT_EQ(source->column(Field::reference)->position, 3U);
  EXPECT_EQ(errors_of("name=\"x\"\nheader=false\ncolumn_count=3\ncurrency=\"ZAR\"\n[columns]\n"
                      "reference=4\noccurred_at=1\namount=\"a\"\n[time]\nformats=[\"YYYY-MM-DD\"]\n"
                      "zone=\"UTC\"\n"),
            (Errors{"6 columns.reference", "8 columns.amount"}));
}

TEST(SourceReader, SaysThatAFileCannotBeRead) {
  const auto source = load_source("/nonexistent.toml");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().front().message, "cannot be read");
}

TEST(Preview, ShowsLinesAsReadAndTheBadOnesWithTheReason) {
  const auto text =
      preview(AUTHD_TEST_DATA "/recon/samples/mobilemart.csv", shipped("mobilemart"), 10);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("line  reference  kind"), std::string::npos) << *text;
  EXPECT_NE(text->find("2     MM-900001  Airtime      2026-11-20 05:15:09Z  50.00    ZAR"),
            std::string::npos)
      << *text;
  EXPECT_NE(text->find("line 4: status is no status word of the source: \"Vanished\""),
            std::string::npos)
      << *text;
  EXPECT_NE(text->find("the file ends: 2 lines read, 1 set aside"), std::string::npos) << *text;
}

TEST(Preview, ReadsNoFurtherThanItShows) {
  const auto text =
      preview(AUTHD_TEST_DATA "/recon/samples/mobilemart.csv", shipped("mobilemart"), 1);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("MM-900001"), std::string::npos);
  EXPECT_EQ(text->find("MM-900002"), std::string::npos);
  EXPECT_EQ(text->find("set aside"), std::string::npos) << *text;
}

TEST(Preview, SaysWhetherTheTrailerMatches) {
  const auto text = preview(AUTHD_TEST_DATA "/recon/samples/flash.csv", shipped("flash"), 2);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("trailer: matches"), std::string::npos) << *text;
}

TEST(Preview, ShowsNothingThatControlsATerminal) {
  // C1 controls are letters to a line, and ESC may stand in an extra column.
  const TemporaryFile file(
      "ref,at,amount,note\nr\xC2\x9B,2026-11-20 08:00:00,1,\x1B[2J\nr,2026-11-20 "
      "08:00:00,\x1B[2J,\n");
  Source source = plain_source();
  source.extra.emplace_back("note", Column{"note", 0});
  const auto text = preview(file.path(), source, 10);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("1 lines read, 1 set aside"), std::string::npos) << *text;
  EXPECT_EQ(text->find('\x1B'), std::string::npos);
  EXPECT_EQ(text->find("\xC2\x9B"), std::string::npos);
}

TEST(Preview, SaysWhyAFileCannotBeRead) {
  const auto text = preview("/nonexistent", plain_source(), 10);
  ASSERT_FALSE(text);
  EXPECT_EQ(describe(text.error()), "cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace authd::recon
