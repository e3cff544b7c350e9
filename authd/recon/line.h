// Line: one movement as a supplier states it, every value typed.
//
// LineReader turns records into lines by a source's description. It is bound once to the file's
// header, so that a file of another supplier, or one cut at the wrong delimiter, is refused as a
// whole before its first line.
//
// Threads: const, any. Lifetime: the source outlives the reader.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "authd/recon/bad_line.h"
#include "authd/recon/records.h"
#include "authd/recon/source.h"
#include "core/result.h"

namespace authd::recon {

struct Line {
  std::uint64_t line_number = 0;  // from 1, in the file
  std::string reference;          // never empty
  std::string kind;
  core::Timestamp occurred_at;
  std::optional<core::LocalDay> settled_on;
  core::Money amount;  // signed: negative is a debit
  std::optional<core::Money> fee;
  LineStatus status = LineStatus::settled;
  std::string card;
  std::string account;
  std::string merchant;
  std::string merchant_name;
  std::string counterparty;
  std::string authorization_code;
  std::string batch;
  std::vector<std::string> extra;  // in the order of Source::extra
};

struct HeaderError {
  std::string column;  // of the description
  bool is_twice = false;
};

class LineReader {
 public:
  static constexpr std::size_t value_bytes_max = 512;
  static constexpr std::size_t extra_bytes_max = 4'096;

  // `header`: the columns' names; empty for a source without a header.
  static core::Result<LineReader, HeaderError> bind(const Source& source,
                                                    const std::vector<std::string_view>& header);

  std::variant<Line, BadLine> read(const Record& record) const;

 private:
  explicit LineReader(const Source& source) : source_(&source) {}
  class Reading;

  const Source* source_;
  std::size_t columns_needed_ = 0;
  std::size_t columns_exactly_ = 0;  // 0: any number that suffices
  std::array<std::optional<std::size_t>, field_count> places_;
  std::vector<std::size_t> extra_places_;
};

// Without blanks at both ends.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace authd::recon
