// Reader: a supplier's file as typed lines, one at a time, in the order of the file.
//
// Lines that cannot be read are set aside and counted; only what makes the whole file worthless
// (it cannot be read, is a bomb, or lacks a column) is an error. What the file says of itself in
// its trailer is verified at the end.
//
// Memory: bounded by StreamLimits' chunk and RecordFormat::record_bytes_max, not by the file.
// Threads: one at a time. Lifetime: the source outlives the reader.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "authd/recon/byte_stream.h"
#include "authd/recon/line.h"
#include "authd/recon/records.h"

namespace authd::recon {

struct CurrencyTotal {
  core::Currency currency;
  std::uint64_t lines = 0;
  std::optional<std::int64_t> signed_minor = 0;    // nothing: it does not fit
  std::optional<std::int64_t> absolute_minor = 0;  // without the signs
};

// In this order: what is said first is the first that is wrong.
enum class TrailerVerdict : std::uint8_t {
  not_expected = 0,
  matches = 1,
  missing = 2,
  unreadable = 3,
  count_differs = 4,         // from all lines, those set aside included
  total_not_comparable = 5,  // lines in several currencies, or a sum that does not fit
  total_differs = 6,         // from the lines that were read
};
inline constexpr std::array<std::string_view, 7> trailer_verdict_names{
    // from 0
    "not_expected",         "matches",      "missing", "unreadable", "count_differs",
    "total_not_comparable", "total_differs"};
constexpr std::string_view name(TrailerVerdict verdict) noexcept {
  return trailer_verdict_names[static_cast<std::size_t>(verdict)];
}

struct End {
  std::uint64_t lines = 0;
  std::uint64_t bad_lines = 0;
  std::vector<CurrencyTotal> totals;  // of the lines that were read, in order of appearance
  Sha256 sha256{};                    // of the file as stored
  TrailerVerdict trailer = TrailerVerdict::not_expected;
  std::optional<std::uint64_t> stated_lines;
  std::optional<std::int64_t> stated_total_minor;
};

struct ReadError {
  enum class Kind : std::uint8_t {
    stream = 1,
    header_missing = 2,  // the file is empty, or its header is not written correctly
    column_missing = 3,
    column_twice = 4,
  };
  Kind kind = Kind::stream;
  StreamError stream{};  // of Kind::stream
  std::string column{};  // of the last two
};
std::string describe(const ReadError& error);

struct Progress {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;  // 0: not known
};

class Reader {
 public:
  using Item = std::variant<Line, BadLine, End>;

  static core::Result<Reader, ReadError> open(const std::filesystem::path& file,
                                              const Source& source,
                                              const StreamLimits& limits = {});

  // After the end it is the end again.
  core::Result<Item, ReadError> next();

  Progress progress() const noexcept { return {stream_.bytes_read(), stream_.bytes_total()}; }
  std::size_t buffer_bytes() const noexcept {
    return splitter_.buffer_bytes() + 2 * ByteStream::chunk_bytes;
  }

 private:
  Reader(ByteStream stream, const Source& source);

  core::Result<const Record*, ReadError> next_record();
  core::Result<void, ReadError> bind();
  bool is_trailer(const Record& record) const;
  void take_trailer(const Record& record);
  void count(const Line& line);
  Item finished();
  TrailerVerdict verdict() const;

  const Source* source_;
  ByteStream stream_;
  RecordSplitter splitter_;
  std::optional<LineReader> lines_;
  std::optional<std::vector<std::string>> trailer_;  // its columns
  bool is_trailer_readable_ = true;
  End end_;
};

}  // namespace authd::recon
