// RecordSplitter: bytes as they come, in pieces of any size, into records of a delimited file.
//
// RFC 4180 with a chosen delimiter and quote, and CRLF, LF and CR as line ends in any mixture. A
// byte order mark and blank lines are skipped. What is not written correctly is a fault of its
// first line alone: reading goes on at the next line, so that one forgotten quote costs one line
// and not the rest of the file. Strict, because a delimiter that moved by one turns a merchant's
// number into an amount: a quote stands around a whole field or nowhere.
//
// Own code instead of libcsv 3.0.3, which neither counts lines inside quotes nor can say where a
// record began, stops for good at its first strict error, drops blanks around fields, and bounds
// the size of a field only by failing to allocate.
//
// Memory: at most record_bytes_max bytes wait for the rest of their record, and one piece more.
// Time: linear; a fault re-reads a line at most once, because a line that is only text to an open
// quote cannot leave a quote open itself.
// Threads: one at a time. Lifetime: a record's views are valid until the next call.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/recon/source.h"

namespace authd::recon {

enum class RecordFault : std::uint8_t {
  nul_byte = 1,
  too_long = 2,          // more than record_bytes_max
  quote_inside = 3,      // a quote after the beginning of a field without one
  text_after_quote = 4,  // anything but a delimiter or the line's end after the closing quote
  quote_unclosed = 5,    // to the end of the file, or for record_bytes_max
  too_many_columns = 6,
};

struct Record {
  std::uint64_t line = 0;  // from 1: the line it begins in
  std::optional<RecordFault> fault;
  std::vector<std::string_view> columns;  // without their quotes; none when there is a fault
  std::string_view text;  // as written, without the line's end; of a fault its first line, cut at
                          // record_bytes_max
};

class RecordSplitter {
 public:
  explicit RecordSplitter(const RecordFormat& format);

  // Only after next() has answered nothing, or at the beginning. Copies the piece.
  void feed(std::string_view piece);

  // No piece follows any more.
  void finish() noexcept { is_finished_ = true; }

  // The next record; nothing when it needs another piece or, after finish(), at the end.
  const Record* next();

  std::size_t buffer_bytes() const noexcept;  // held, for whatever purpose

 private:
  // Where the record at the front ends, or why it cannot be read.
  struct Scan {
    std::optional<RecordFault> fault;
    bool is_unfinished = false;  // more bytes decide
    std::size_t text_bytes = 0;
    std::size_t end = 0;  // behind the line's end
  };

  std::string_view pending() const { return std::string_view(buffer_).substr(begin_); }
  bool skip_byte_order_mark();
  bool skip_rest_of_line();
  Scan scan();
  Scan scan_columns(std::string_view text, bool is_all);
  std::optional<RecordFault> read_quoted(std::string_view text, bool is_all, std::size_t& at);
  std::optional<RecordFault> read_plain(std::string_view text, std::size_t& at);
  const Record* take_record(const Scan& scan);
  const Record* take_fault(RecordFault fault);
  void consume(std::size_t bytes) noexcept { begin_ += bytes; }

  // Of a record and its line's end: what is longer is too long however the pieces are cut.
  std::size_t window_bytes() const noexcept { return format_.record_bytes_max + 2; }

  RecordFormat format_;
  std::array<bool, 256>
      ends_plain_{};  // bytes that end a column without quotes, or may not be in it
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not consumed
  std::uint64_t line_ = 1;
  bool is_finished_ = false;
  bool is_at_file_begin_ = true;
  bool is_skipping_ = false;  // the rest of a line that was too long

  std::string text_;               // of the columns, one behind the other
  std::vector<std::size_t> ends_;  // of each column in text_
  Record record_;
};

}  // namespace authd::recon
