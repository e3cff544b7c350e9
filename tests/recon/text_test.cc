// Texts in and out: encodings, what a terminal is shown, what a spreadsheet is given.

#include <gtest/gtest.h>

#include "authd/recon/bad_line.h"
#include "authd/recon/encoding.h"
#include "authd/recon/export_cell.h"

namespace authd::recon {
namespace {

std::string converted(std::string_view bytes, Encoding encoding) {
  std::string text;
  return append_utf_8(bytes, encoding, text) ? text : "refused";
}

TEST(Encoding, TakesUtf8AsItIs) {
  EXPECT_EQ(converted("Caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", Encoding::utf_8),
            "Caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(Encoding, RefusesWhatIsNoUtf8) {
  for (const std::string_view bytes :
       {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "Caf\xE9", "\xE2\x82"}) {
    EXPECT_EQ(converted(bytes, Encoding::utf_8), "refused");
  }
  for (const std::string_view bytes : {"\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(is_utf_8(bytes));
  }
}

TEST(Encoding, ConvertsIso88591AndWindows1252) {
  EXPECT_EQ(converted("Caf\xE9", Encoding::iso_8859_1), "Caf\xC3\xA9");
  EXPECT_EQ(converted("\x80", Encoding::iso_8859_1), "\xC2\x80");
  EXPECT_EQ(converted("Caf\xE9 \x80 \x9F \xFF", Encoding::windows_1252),
            "Caf\xC3\xA9 \xE2\x82\xAC \xC5\xB8 \xC3\xBF");
  for (const std::string_view unassigned : {"\x81", "\x8D", "\x8F", "\x90", "\x9D"}) {
    EXPECT_EQ(converted(unassigned, Encoding::windows_1252), "refused");
  }
}

TEST(Encoding, LeavesTheTextAloneWhenItRefuses) {
  std::string text("before");
  EXPECT_FALSE(append_utf_8("ab\x81", Encoding::windows_1252, text));
  EXPECT_FALSE(append_utf_8("ab\x81", Encoding::utf_8, text));
  EXPECT_EQ(text, "before");
}

TEST(Cleaned, KeepsNothingThatControlsATerminal) {
  EXPECT_EQ(cleaned(std::string_view("a\x1B[2J\r\n\0b\x7F\xC2\x9B", 11), 100), "a?[2J???b??");
  EXPECT_EQ(cleaned("\xFF"
                    "\xC3\xA9",
                    100),
            "?\xC3\xA9");
}

TEST(Cleaned, CutsBetweenCharacters) {
  EXPECT_EQ(cleaned("abc", 3), "abc");
  EXPECT_EQ(cleaned("abcd", 3), "abc");
  EXPECT_EQ(cleaned("ab\xC3\xA9", 3), "ab");
  EXPECT_EQ(cleaned("ab\xC3\xA9", 4), "ab\xC3\xA9");
}

TEST(ExportCell, DisarmsFormulas) {
  EXPECT_EQ(export_cell("=1+2"), "\"'=1+2\"");
  EXPECT_EQ(export_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
  EXPECT_EQ(export_cell("@SUM(A1)"), "\"'@SUM(A1)\"");
  EXPECT_EQ(export_cell("+27821234567 x"), "\"'+27821234567 x\"");
  EXPECT_EQ(export_cell("-2+3"), "\"'-2+3\"");
  EXPECT_EQ(export_cell("-"), "\"'-\"");
  EXPECT_EQ(export_cell("\t=1"), "\"'\t=1\"");
  EXPECT_EQ(export_cell("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(export_cell("-1.5.0"), "\"'-1.5.0\"");
  EXPECT_EQ(export_cell("-1e5"), "\"'-1e5\"");
}

TEST(ExportCell, LeavesNumbersAndTextsAlone) {
  for (const std::string_view text :
       {"", "abc", "-4.20", "+4", "-0", "12.50", "a=b", "a-b", "a@b"}) {
    EXPECT_EQ(export_cell(text), text);
  }
}

TEST(ExportCell, QuotesWhatACsvReaderWouldSplit) {
  EXPECT_EQ(export_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(export_cell("a;b"), "\"a;b\"");
  EXPECT_EQ(export_cell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(export_cell("a\nb"), "\"a\nb\"");
}

TEST(Reason, HasAWordAndADescriptionEach) {
  std::vector<std::string_view> names;
  for (std::uint8_t i = 1; i <= reason_last; ++i) {
    names.push_back(name(static_cast<Reason>(i)));
    EXPECT_FALSE(names.back().empty());
    EXPECT_FALSE(describe(static_cast<Reason>(i)).empty());
  }
  EXPECT_EQ(name(Reason::nul_byte), "nul_byte");
  EXPECT_EQ(name(Reason::status_unknown), "status_unknown");
  EXPECT_EQ(name(Reason::after_trailer), "after_trailer");
}

}  // namespace
}  // namespace authd::recon
