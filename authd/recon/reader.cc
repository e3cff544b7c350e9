#include "authd/recon/reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "authd/recon/amount_format.h"
#include "authd/recon/encoding.h"

namespace authd::recon {

namespace {

using core::Unexpected;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || text.empty()) return std::nullopt;
  return value;
}

void add(std::optional<std::int64_t>& sum, std::int64_t units) {
  if (sum) sum = core::checked_add(*sum, units);
}

ReadError of_stream(const StreamError& error) { return {ReadError::Kind::stream, error, {}}; }

}  // namespace

std::string describe(const ReadError& error) {
  const auto column = [&error] { return "\"" + cleaned(error.column, 100) + "\""; };
  switch (error.kind) {
    case ReadError::Kind::stream: break;
    case ReadError::Kind::header_missing: return "has no header";
    case ReadError::Kind::column_missing:
      return "has no column " + column() + ": another source, or another delimiter";
    case ReadError::Kind::column_twice: return "has the column " + column() + " twice";
  }
  const StreamError& stream = error.stream;
  std::string text(name(stream.kind));
  if (stream.error_number != 0) text += std::string(": ") + std::strerror(stream.error_number);
  if (stream.offset > 0) text += ", after " + std::to_string(stream.offset) + " bytes";
  return text;
}

Reader::Reader(ByteStream stream, const Source& source)
    : source_(&source), stream_(std::move(stream)), splitter_(source.format) {}

core::Result<Reader, ReadError> Reader::open(const std::filesystem::path& file,
                                             const Source& source, const StreamLimits& limits) {
  auto stream = ByteStream::open(file, limits);
  if (!stream) return Unexpected{of_stream(stream.error())};
  Reader reader(*std::move(stream), source);
  AUTHD_TRY_VOID(reader.bind());
  return reader;
}

// Nothing at the end of the file.
core::Result<const Record*, ReadError> Reader::next_record() {
  for (;;) {
    if (const Record* const record = splitter_.next()) return record;
    const auto chunk = stream_.next();
    if (!chunk) return Unexpected{of_stream(chunk.error())};
    if (chunk->empty()) {
      splitter_.finish();
      return splitter_.next();
    }
    splitter_.feed(*chunk);
  }
}

core::Result<void, ReadError> Reader::bind() {
  for (std::size_t i = 0; i < source_->lines_before; ++i) {
    const auto skipped = next_record();
    if (!skipped) return Unexpected{skipped.error()};
  }
  std::vector<std::string_view> header;
  if (source_->has_header) {
    AUTHD_TRY(record, next_record());
    if (record == nullptr || record->fault) {
      return Unexpected{ReadError{ReadError::Kind::header_missing}};
    }
    header = record->columns;
  }
  auto lines = LineReader::bind(*source_, header);
  if (lines) {
    lines_ = *std::move(lines);
    return {};
  }
  const auto kind =
      lines.error().is_twice ? ReadError::Kind::column_twice : ReadError::Kind::column_missing;
  return Unexpected{ReadError{kind, {}, lines.error().column}};
}

core::Result<Reader::Item, ReadError> Reader::next() {
  for (;;) {
    AUTHD_TRY(record, next_record());
    if (record == nullptr) return finished();
    if (trailer_) {
      ++end_.bad_lines;
      return Item(BadLine{record->line, Reason::after_trailer, "",
                          cleaned(record->text, BadLine::text_bytes_max)});
    }
    if (is_trailer(*record)) {
      take_trailer(*record);
      continue;
    }
    auto read = lines_->read(*record);
    if (auto* const bad = std::get_if<BadLine>(&read)) {
      ++end_.bad_lines;
      return Item(std::move(*bad));
    }
    auto& line = std::get<Line>(read);
    count(line);
    return Item(std::move(line));
  }
}

void Reader::count(const Line& line) {
  ++end_.lines;
  auto total = std::find_if(end_.totals.begin(), end_.totals.end(), [&](const CurrencyTotal& t) {
    return t.currency == line.amount.currency;
  });
  if (total == end_.totals.end()) {
    total = end_.totals.insert(total, CurrencyTotal{line.amount.currency, 0, 0, 0});
  }
  ++total->lines;
  const std::int64_t units = line.amount.minor_units;
  add(total->signed_minor, units);
  add(total->absolute_minor, units < 0 ? -units : units);  // not the least int64: 18 digits at most
}

bool Reader::is_trailer(const Record& record) const {
  return source_->trailer && !record.fault && !record.columns.empty() &&
         trimmed(record.columns.front()) == source_->trailer->first_column;
}

void Reader::take_trailer(const Record& record) {
  trailer_.emplace();
  for (const std::string_view column : record.columns) trailer_->emplace_back(trimmed(column));
  const Trailer& expected = *source_->trailer;
  const auto column = [this](std::size_t position) {
    return position <= trailer_->size() ? std::string_view((*trailer_)[position - 1])
                                        : std::string_view{};
  };
  if (expected.count > 0) {
    end_.stated_lines = whole_number(column(expected.count));
    is_trailer_readable_ = end_.stated_lines.has_value();
  }
  if (expected.total == 0) return;
  // A total is in the currency of the lines before it.
  const bool has_one_currency = end_.totals.size() == 1;
  if (!has_one_currency && !source_->currency) return;
  const core::Currency currency =
      has_one_currency ? end_.totals.front().currency : *source_->currency;
  const auto total = parse_signed_amount(column(expected.total), source_->amount, currency);
  is_trailer_readable_ = is_trailer_readable_ && total;
  if (total) end_.stated_total_minor = *total;
}

TrailerVerdict Reader::verdict() const {
  if (!source_->trailer) return TrailerVerdict::not_expected;
  if (!trailer_) return TrailerVerdict::missing;
  if (!is_trailer_readable_) return TrailerVerdict::unreadable;
  if (end_.stated_lines && *end_.stated_lines != end_.lines + end_.bad_lines) {
    return TrailerVerdict::count_differs;
  }
  if (source_->trailer->total == 0) return TrailerVerdict::matches;
  if (end_.totals.size() > 1 || !end_.stated_total_minor) {
    return TrailerVerdict::total_not_comparable;
  }
  const CurrencyTotal none;
  const CurrencyTotal& read = end_.totals.empty() ? none : end_.totals.front();
  const auto& sum = source_->trailer->is_absolute ? read.absolute_minor : read.signed_minor;
  if (!sum) return TrailerVerdict::total_not_comparable;
  return *sum == *end_.stated_total_minor ? TrailerVerdict::matches : TrailerVerdict::total_differs;
}

Reader::Item Reader::finished() {
  end_.sha256 = stream_.sha256();
  end_.trailer = verdict();
  return end_;
}

}  // namespace authd::recon
