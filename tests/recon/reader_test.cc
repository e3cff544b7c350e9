// Whole files as lines: what is read, what is set aside, what is refused.

#include "authd/recon/reader.h"

#include <gtest/gtest.h>

#include "files.h"

namespace authd::recon {
namespace {

std::string plain_file(std::string_view lines) {
  return std::string(plain_header) + std::string(lines);
}

// Of the only line, which is set aside.
Reason reason_of(std::string_view line, const Source& source = plain_source()) {
  const Contents contents = read_text(plain_file(line), source);
  EXPECT_TRUE(contents.lines.empty()) << line;
  EXPECT_EQ(contents.bad.size(), 1U) << line;
  return contents.bad.empty() ? Reason{} : contents.bad.front().reason;
}

ReadError error_of(std::string_view content, const Source& source = plain_source()) {
  const TemporaryFile file(content);
  const auto reader = Reader::open(file.path(), source);
  EXPECT_FALSE(reader) << content;
  return reader ? ReadError{} : reader.error();
}

TEST(Reader, ReadsLinesAndSaysWhereTheFileEnds) {
  const Contents contents =
      read_text(plain_file("r-1,2026-11-20 08:00:00,1.50\n r-2 ,2026-11-20 08:00:01, -2.25 \n"),
                plain_source());
  ASSERT_EQ(contents.lines.size(), 2U);
  EXPECT_EQ(contents.lines[0].reference, "r-1");
  EXPECT_EQ(contents.lines[0].line_number, 2U);
  EXPECT_EQ(contents.lines[0].amount.minor_units, 150);
  EXPECT_EQ(contents.lines[0].amount.currency.alpha(), "ZAR");
  EXPECT_EQ(contents.lines[0].status, LineStatus::settled);
  EXPECT_FALSE(contents.lines[0].fee);
  EXPECT_EQ(contents.lines[1].reference, "r-2");
  EXPECT_EQ(contents.lines[1].amount.minor_units, -225);
  EXPECT_EQ(contents.end.lines, 2U);
  EXPECT_EQ(contents.end.bad_lines, 0U);
  ASSERT_EQ(contents.end.totals.size(), 1U);
  EXPECT_EQ(contents.end.totals[0].signed_minor, -75);
  EXPECT_EQ(contents.end.totals[0].absolute_minor, 375);
  EXPECT_EQ(contents.end.trailer, TrailerVerdict::not_expected);
}

TEST(Reader, ReadsGzipLikeTheFileInside) {
  const Contents contents = read_text(gzip(plain_file(plain_line)), plain_source());
  ASSERT_EQ(contents.lines.size(), 1U);
  EXPECT_EQ(contents.lines[0].reference, "r-1");
}

TEST(Reader, SetsALineAsideAndGoesOn) {
  const Contents contents = read_text(
      plain_file("r-1,2026-11-20 08:00:00,one\nr-2,2026-11-20 08:00:00,2\n"), plain_source());
  ASSERT_EQ(contents.bad.size(), 1U);
  EXPECT_EQ(contents.bad[0].line_number, 2U);
  EXPECT_EQ(contents.bad[0].column, "amount");
  EXPECT_EQ(contents.bad[0].reason, Reason::amount_not_a_number);
  EXPECT_EQ(contents.bad[0].text, "one");
  ASSERT_EQ(contents.lines.size(), 1U);
  EXPECT_EQ(contents.lines[0].line_number, 3U);
  EXPECT_EQ(contents.end.bad_lines, 1U);
}

TEST(Reader, NamesEveryReason) {
  using namespace std::string_view_literals;
  const std::string at = ",2026-11-20 08:00:00,";
  EXPECT_EQ(reason_of("r\0x,2026-11-20 08:00:00,1\n"sv), Reason::nul_byte);
  EXPECT_EQ(reason_of(std::string(65'537, 'x') + "\n"), Reason::line_too_long);
  EXPECT_EQ(reason_of("r\"" + at + "1\n"), Reason::quote_inside);
  EXPECT_EQ(reason_of("\"r\"x" + at + "1\n"), Reason::text_after_quote);
  EXPECT_EQ(reason_of("\"r" + at + "1\n"), Reason::quote_unclosed);
  EXPECT_EQ(reason_of(std::string(512, ',') + "\n"), Reason::too_many_columns);
  EXPECT_EQ(reason_of("r" + at + "1,2\n"), Reason::column_count);
  EXPECT_EQ(reason_of("r,2026-11-20 08:00:00\n"), Reason::column_count);
  EXPECT_EQ(reason_of("r\xFF" + at + "1\n"), Reason::encoding);
  EXPECT_EQ(reason_of("  " + at + "1\n"), Reason::value_missing);
  EXPECT_EQ(reason_of("r,,1\n"), Reason::value_missing);
  EXPECT_EQ(reason_of("r" + at + "\n"), Reason::value_missing);
  EXPECT_EQ(reason_of(std::string(513, 'x') + at + "1\n"), Reason::value_too_long);
  EXPECT_EQ(reason_of("\"r\nx\"" + at + "1\n"), Reason::control_character);
  EXPECT_EQ(reason_of("r" + at + "R1\n"), Reason::amount_not_a_number);
  EXPECT_EQ(reason_of("r" + at + "1-\n"), Reason::amount_sign);
  EXPECT_EQ(reason_of("r" + at + "1.005\n"), Reason::amount_decimals);
  EXPECT_EQ(reason_of("r" + at + "10000000000000000.00\n"), Reason::amount_too_large);
  EXPECT_EQ(reason_of("r,20/11/2026,1\n"), Reason::time_format);
  EXPECT_EQ(reason_of("r,2026-02-30 08:00:00,1\n"), Reason::time_not_real);
  Source grouped = plain_source();
  grouped.amount.grouping_mark = " ";
  EXPECT_EQ(reason_of("r" + at + "1 00\n", grouped), Reason::amount_grouping);
}

TEST(Reader, TakesAValueAtItsLimit) {
  const std::string line = std::string(512, 'x') + ",2026-11-20 08:00:00,1\n";
  EXPECT_EQ(read_text(plain_file(line), plain_source()).lines.size(), 1U);
}

Source rich_source() {
  Source source = plain_source();
  add_column(source, Field::direction, "dc");
  add_column(source, Field::currency, "currency");
  add_column(source, Field::fee, "fee");
  add_column(source, Field::status, "status");
  add_column(source, Field::settled_on, "settled");
  source.extra.emplace_back("note", Column{"note", 0});
  source.amount.sign = Sign::column;
  source.amount.debit_words = {"D"};
  source.amount.credit_words = {"C"};
  source.status.words = {{"ok", LineStatus::settled}, {"back", LineStatus::reversed}};
  return source;
}
constexpr std::string_view rich_header = "ref,at,amount,dc,currency,fee,status,settled,note\n";

Contents read_rich(std::string_view line, const Source& source = rich_source()) {
  return read_text(std::string(rich_header) + "r,2026-11-20 08:00:00," + std::string(line) + "\n",
                   source);
}

TEST(Reader, TakesSignCurrencyFeeStatusAndDayFromTheirColumns) {
  const Contents contents = read_rich("7,D,jpy,-1,back,2026-11-21,\"a\nb\"");
  ASSERT_EQ(contents.lines.size(), 1U);
  const Line& line = contents.lines.front();
  EXPECT_EQ(line.amount.minor_units, -7);
  EXPECT_EQ(line.amount.currency.alpha(), "JPY");
  ASSERT_TRUE(line.fee);
  EXPECT_EQ(line.fee->minor_units, -1);
  EXPECT_EQ(line.fee->currency.alpha(), "JPY");
  EXPECT_EQ(line.status, LineStatus::reversed);
  EXPECT_EQ(line.settled_on, core::day_of({2026, 11, 21}));
  EXPECT_EQ(line.extra, std::vector<std::string>{"a\nb"});
  EXPECT_EQ(read_rich("7,C,710,,ok,,").lines.front().amount.currency.alpha(), "ZAR");
  EXPECT_EQ(read_rich("7,C,,,ok,,").lines.front().amount.currency.alpha(), "ZAR");  // the source's
}

TEST(Reader, SetsUnknownWordsAside) {
  const auto reason = [](std::string_view line) {
    const Contents contents = read_rich(line);
    EXPECT_EQ(contents.bad.size(), 1U) << line;
    return contents.bad.empty() ? Reason{} : contents.bad.front().reason;
  };
  EXPECT_EQ(reason("7,X,ZAR,,ok,,"), Reason::direction_unknown);
  EXPECT_EQ(reason("7,,ZAR,,ok,,"), Reason::direction_unknown);
  EXPECT_EQ(reason("-7,C,ZAR,,ok,,"), Reason::amount_sign);
  EXPECT_EQ(reason("7,C,XYZ,,ok,,"), Reason::currency_unknown);
  EXPECT_EQ(reason("7,C,000,,ok,,"), Reason::currency_unknown);
  EXPECT_EQ(reason("7,C,RAND,,ok,,"), Reason::currency_unknown);
  EXPECT_EQ(reason("7,C,ZAR,x,ok,,"), Reason::amount_not_a_number);
  EXPECT_EQ(reason("7,C,ZAR,,OK,,"), Reason::status_unknown);
  EXPECT_EQ(reason("7,C,ZAR,,ok,2026-02-30,"), Reason::time_not_real);
  EXPECT_EQ(reason("7,C,ZAR,,ok,,\xFF"), Reason::encoding);
}

TEST(Reader, TakesUnknownStatusesAsTheSourceSays) {
  Source source = rich_source();
  source.status.unknown = LineStatus::pending;
  EXPECT_EQ(read_rich("7,C,ZAR,,what,,", source).lines.front().status, LineStatus::pending);
}

TEST(Reader, RefusesAFileCutAtAnotherDelimiter) {
  const ReadError error = error_of("ref;at;amount\nr;2026-11-20 08:00:00;1\n");
  EXPECT_EQ(error.kind, ReadError::Kind::column_missing);
  EXPECT_EQ(error.column, "ref");
  EXPECT_EQ(describe(error), "has no column \"ref\": another source, or another delimiter");
}

TEST(Reader, RefusesHeadersThatDoNotDo) {
  EXPECT_EQ(error_of("").kind, ReadError::Kind::header_missing);
  EXPECT_EQ(error_of("\n\n").kind, ReadError::Kind::header_missing);
  EXPECT_EQ(error_of("\"ref,at,amount\n").kind, ReadError::Kind::header_missing);
  EXPECT_EQ(error_of("ref,at,amount,ref\n").kind, ReadError::Kind::column_twice);
  EXPECT_EQ(error_of("ref,at,Amount\n").column, "amount");
}

TEST(Reader, RefusesAFileThatBreaksOffInsideGzip) {
  const std::string whole = gzip(plain_file(plain_line));
  const TemporaryFile file(std::string_view(whole).substr(0, whole.size() - 4));
  auto reader = Reader::open(file.path(), plain_source());
  const auto error = reader ? reader->next().error() : reader.error();
  EXPECT_EQ(error.kind, ReadError::Kind::stream);
  EXPECT_EQ(error.stream.kind, StreamErrorKind::gzip_truncated);
  EXPECT_NE(describe(error).find("gzip that ends too early, after"), std::string::npos);
}

TEST(Reader, FindsColumnsByPlaceWithoutAHeader) {
  Source source = plain_source();
  source.has_header = false;
  source.lines_before = 1;
  source.columns[static_cast<std::size_t>(Field::reference)] = Column{"", 3};
  source.columns[static_cast<std::size_t>(Field::occurred_at)] = Column{"", 1};
  source.columns[static_cast<std::size_t>(Field::amount)] = Column{"", 2};
  const std::string text(
      "Report of today\n2026-11-20 08:00:00,1.50,r\n2026-11-20 08:00:00,1.50\n"
      "2026-11-20 08:00:00,1.50,r,more\n");
  const Contents contents = read_text(text, source);
  ASSERT_EQ(contents.lines.size(), 2U);
  EXPECT_EQ(contents.lines[0].reference, "r");
  EXPECT_EQ(contents.lines[0].line_number, 2U);
  ASSERT_EQ(contents.bad.size(), 1U);
  EXPECT_EQ(contents.bad[0].reason, Reason::column_count);
  source.column_count = 3;
  EXPECT_EQ(read_text(text, source).lines.size(), 1U);
}

TEST(Reader, ShowsOfALongLineItsCleanedBeginning) {
  const Contents contents =
      read_text(plain_file("\x1B[2J" + std::string(70'000, 'x') + "\n" + std::string(plain_line)),
                plain_source());
  ASSERT_EQ(contents.bad.size(), 1U);
  EXPECT_EQ(contents.bad[0].text, "?[2J" + std::string(196, 'x'));
  EXPECT_EQ(contents.lines.size(), 1U);
}

Source source_with_trailer() {
  Source source = plain_source();
  source.trailer = Trailer{"END", 2, 3, false};
  return source;
}

TrailerVerdict verdict(std::string_view lines, const Source& source = source_with_trailer()) {
  return read_text(plain_file(lines), source).end.trailer;
}

TEST(Trailer, IsVerified) {
  const std::string lines("r-1,2026-11-20 08:00:00,-1.50\nr-2,2026-11-20 08:00:00,2\n");
  EXPECT_EQ(verdict(lines + "END,2,0.50\n"), TrailerVerdict::matches);
  EXPECT_EQ(verdict(lines + "END,2,0.50,,,\n"), TrailerVerdict::matches);
  EXPECT_EQ(verdict(lines), TrailerVerdict::missing);
  EXPECT_EQ(verdict(lines + "END,two,0.50\n"), TrailerVerdict::unreadable);
  EXPECT_EQ(verdict(lines + "END,2,half\n"), TrailerVerdict::unreadable);
  EXPECT_EQ(verdict(lines + "END\n"), TrailerVerdict::unreadable);
  EXPECT_EQ(verdict(lines + "END,3,0.50\n"), TrailerVerdict::count_differs);
  EXPECT_EQ(verdict(lines + "END,2,0.51\n"), TrailerVerdict::total_differs);
  EXPECT_EQ(verdict("END,0,0.00\n"), TrailerVerdict::matches);
  EXPECT_EQ(verdict("END,0,0.01\n"), TrailerVerdict::total_differs);
  Source absolute = source_with_trailer();
  absolute.trailer->is_absolute = true;
  EXPECT_EQ(verdict(lines + "END,2,3.50\n", absolute), TrailerVerdict::matches);
}

TEST(Trailer, CountsTheLinesThatWereSetAside) {
  const std::string lines("r-1,2026-11-20 08:00:00,1.50\nr-2,2026-11-20 08:00:00,x\n");
  EXPECT_EQ(verdict(lines + "END,2,1.50\n"), TrailerVerdict::matches);
  EXPECT_EQ(verdict(lines + "END,1,1.50\n"), TrailerVerdict::count_differs);
}

TEST(Trailer, IsNotComparableInSeveralCurrencies) {
  Source source = source_with_trailer();
  add_column(source, Field::currency, "currency");
  const std::string text(
      "ref,at,amount,currency\nr,2026-11-20 08:00:00,1,ZAR\n"
      "r,2026-11-20 08:00:00,1,USD\nEND,2,2.00\n");
  EXPECT_EQ(read_text(text, source).end.trailer, TrailerVerdict::total_not_comparable);
}

TEST(Trailer, IsFollowedByNothing) {
  const Contents contents = read_text(
      plain_file("END,0,0\n" + std::string(plain_line) + "END,0,0\n"), source_with_trailer());
  EXPECT_TRUE(contents.lines.empty());
  ASSERT_EQ(contents.bad.size(), 2U);
  EXPECT_EQ(contents.bad[0].reason, Reason::after_trailer);
  EXPECT_EQ(contents.end.trailer, TrailerVerdict::count_differs);
}

TEST(Totals, SayThatTheyDoNotFit) {
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += "r,2026-11-20 08:00:00,-9999999999999999.99\n";
  const Contents contents = read_text(plain_file(lines), plain_source());
  EXPECT_EQ(contents.end.lines, 10U);
  EXPECT_FALSE(contents.end.totals.front().signed_minor);
  EXPECT_FALSE(contents.end.totals.front().absolute_minor);
}

TEST(Reader, HoldsNoMoreOfALargeFileThanOfASmallOne) {
  std::string content("ref,at,amount,note\n");
  const std::string note(200, 'n');
  for (int i = 0; content.size() < std::size_t{20} << 20U; ++i) {
    content += "reference,2026-11-20 08:00:00,1.50," + note + "\n";
    if (i % 7 == 0) content += "\"" + note + "\n";
  }
  const TemporaryFile file(content);
  const Source source = plain_source();
  auto reader = Reader::open(file.path(), source);
  ASSERT_TRUE(reader);
  std::uint64_t progress = 0;
  std::size_t buffer_bytes_max = 0;
  for (bool is_at_end = false; !is_at_end;) {
    const auto item = reader->next();
    ASSERT_TRUE(item);
    is_at_end = std::holds_alternative<End>(*item);
    EXPECT_GE(reader->progress().bytes_read, progress);
    progress = reader->progress().bytes_read;
    buffer_bytes_max = std::max(buffer_bytes_max, reader->buffer_bytes());
  }
  EXPECT_EQ(progress, content.size());
  EXPECT_EQ(reader->progress().bytes_total, content.size());
  EXPECT_LT(buffer_bytes_max, 1U << 20U);
}

TEST(Reader, StaysAtTheEnd) {
  const TemporaryFile file(plain_file(plain_line));
  const Source source = plain_source();
  auto reader = Reader::open(file.path(), source);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(std::holds_alternative<Line>(*reader->next()));
  for (int i = 0; i < 3; ++i) {
    const auto item = reader->next();
    ASSERT_TRUE(std::holds_alternative<End>(*item));
    EXPECT_EQ(std::get<End>(*item).lines, 1U);
  }
}

}  // namespace
}  // namespace authd::recon
