#include "authd/recon/records.h"

#include <algorithm>

namespace authd::recon {

namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::string_view line_ends("\r\n");

constexpr unsigned char byte_of(char c) noexcept { return static_cast<unsigned char>(c); }

// Bytes of the line's end at `at`.
std::size_t line_end_bytes(std::string_view text, std::size_t at) noexcept {
  return text.substr(at, 2) == "\r\n" ? 2 : 1;
}

// Whether it is not known yet what stands at `at`: a CR may be half a CRLF.
bool may_be_half(std::string_view text, std::size_t at, bool is_all) noexcept {
  return text[at] == '\r' && at + 1 == text.size() && !is_all;
}

std::uint64_t count_line_ends(std::string_view text) noexcept {
  std::uint64_t count = 0;
  for (std::size_t at = text.find_first_of(line_ends); at != nowhere;
       at = text.find_first_of(line_ends, at)) {
    ++count;
    at += line_end_bytes(text, at);
  }
  return count;
}

}  // namespace

RecordSplitter::RecordSplitter(const RecordFormat& format) : format_(format) {
  for (const char c : {format.delimiter, '\r', '\n', '\0'}) ends_plain_[byte_of(c)] = true;
  if (format.quote != '\0') ends_plain_[byte_of(format.quote)] = true;
}

void RecordSplitter::feed(std::string_view piece) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += piece;
}

std::size_t RecordSplitter::buffer_bytes() const noexcept {
  return buffer_.capacity() + text_.capacity() + ends_.capacity() * sizeof(std::size_t) +
         record_.columns.capacity() * sizeof(std::string_view);
}

// False when more bytes decide.
bool RecordSplitter::skip_byte_order_mark() {
  constexpr std::string_view mark("\xEF\xBB\xBF");
  if (pending().size() < mark.size() && !is_finished_) return false;
  if (pending().starts_with(mark)) consume(mark.size());
  is_at_file_begin_ = false;
  return true;
}

// False when more bytes decide.
bool RecordSplitter::skip_rest_of_line() {
  const std::string_view text = pending();
  const std::size_t end = text.find_first_of(line_ends);
  if (end == nowhere) {
    consume(text.size());
    return is_finished_;
  }
  if (may_be_half(text, end, is_finished_)) {
    consume(end);
    return false;
  }
  consume(end + line_end_bytes(text, end));
  ++line_;
  is_skipping_ = false;
  return true;
}

const Record* RecordSplitter::next() {
  if (is_at_file_begin_ && !skip_byte_order_mark()) return nullptr;
  if (is_skipping_ && !skip_rest_of_line()) return nullptr;
  while (!pending().empty()) {
    const Scan found = scan();
    if (found.fault) return take_fault(*found.fault);
    if (found.is_unfinished) return nullptr;
    if (found.text_bytes > 0) return take_record(found);
    consume(found.end);  // a blank line
    ++line_;
  }
  return nullptr;
}

RecordSplitter::Scan RecordSplitter::scan() {
  const std::string_view window = pending().substr(0, window_bytes());
  const bool is_all = is_finished_ && window.size() == pending().size();
  Scan result = scan_columns(window, is_all);
  if (result.is_unfinished && window.size() == window_bytes()) result.fault = RecordFault::too_long;
  if (result.text_bytes > format_.record_bytes_max) result.fault = RecordFault::too_long;
  return result;
}

RecordSplitter::Scan RecordSplitter::scan_columns(std::string_view text, bool is_all) {
  text_.clear();
  ends_.clear();
  const Scan unfinished{{}, true, 0, 0};
  for (std::size_t at = 0;; ++at) {
    const bool is_quoted = format_.quote != '\0' && at < text.size() && text[at] == format_.quote;
    const auto fault = is_quoted ? read_quoted(text, is_all, at) : read_plain(text, at);
    if (fault) return {fault, false, 0, 0};
    if (at == text.size() && !is_all) return unfinished;
    ends_.push_back(text_.size());
    if (ends_.size() > format_.columns_max) return {RecordFault::too_many_columns, false, 0, 0};
    if (at == text.size()) return {{}, false, at, at};
    if (text[at] == format_.delimiter) continue;
    if (may_be_half(text, at, is_all)) return unfinished;
    return {{}, false, at, at + line_end_bytes(text, at)};
  }
}

// Both leave `at` behind the column, at the text's end when that is not known yet.
std::optional<RecordFault> RecordSplitter::read_plain(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && !ends_plain_[byte_of(text[at])]) ++at;
  text_ += text.substr(begin, at - begin);
  if (at == text.size()) return std::nullopt;
  if (text[at] == format_.delimiter || line_ends.find(text[at]) != nowhere) return std::nullopt;
  return text[at] == '\0' ? RecordFault::nul_byte : RecordFault::quote_inside;
}

std::optional<RecordFault> RecordSplitter::read_quoted(std::string_view text, bool is_all,
                                                       std::size_t& at) {
  for (++at;; ++at) {
    const std::size_t quote = std::min(text.find(format_.quote, at), text.size());
    const std::string_view content = text.substr(at, quote - at);
    if (content.find('\0') != nowhere) return RecordFault::nul_byte;
    text_ += content;
    at = quote;
    if (at == text.size()) {
      const bool is_given_up = is_all || text.size() == window_bytes();
      return is_given_up ? std::optional(RecordFault::quote_unclosed) : std::nullopt;
    }
    ++at;
    if (at == text.size() || text[at] != format_.quote) break;
    text_ += format_.quote;  // a doubled quote is one
  }
  if (at == text.size() || text[at] == format_.delimiter || line_ends.find(text[at]) != nowhere) {
    return std::nullopt;
  }
  return RecordFault::text_after_quote;
}

const Record* RecordSplitter::take_record(const Scan& scan) {
  record_.line = line_;
  record_.fault.reset();
  record_.text = pending().substr(0, scan.text_bytes);
  record_.columns.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    record_.columns.push_back(std::string_view(text_).substr(begin, end - begin));
    begin = end;
  }
  line_ += count_line_ends(pending().substr(0, scan.end));
  consume(scan.end);
  return &record_;
}

const Record* RecordSplitter::take_fault(RecordFault fault) {
  const std::string_view text = pending();
  const std::size_t end = text.substr(0, window_bytes()).find_first_of(line_ends);
  const bool is_long = end == nowhere && text.size() >= window_bytes();
  if (end == nowhere && !is_long && !is_finished_) return nullptr;
  if (end != nowhere && may_be_half(text, end, is_finished_)) return nullptr;
  record_.line = line_;
  record_.fault = fault;
  record_.text = text.substr(0, std::min(end, format_.record_bytes_max));
  record_.columns.clear();
  if (end == nowhere) {
    consume(record_.text.size());
    is_skipping_ = true;
    return &record_;
  }
  consume(end + line_end_bytes(text, end));
  ++line_;
  return &record_;
}

}  // namespace authd::recon
