// CSV as PostgreSQL's COPY … WITH (FORMAT csv) writes and reads it: a null is an empty field, an
// empty text is "", rows end with a line feed.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace authd::store {

using CsvField = std::optional<std::string>;  // nothing: null
using CsvRow = std::vector<CsvField>;

void append_csv(std::span<const CsvField> row, std::string& out);

class CsvReader {
 public:
  static constexpr std::size_t row_bytes_max = std::size_t{16} << 20U;

  // `take` gets every row, the header too, and returns whether to go on. The row is its to change.
  explicit CsvReader(std::function<bool(CsvRow&)> take) : take_(std::move(take)) {}

  // The next bytes, cut anywhere. False: they are no CSV, a row is longer than row_bytes_max, or
  // `take` has said so. Nothing may be read after that.
  bool read(std::string_view bytes);

  // Whether the last row was complete.
  bool at_end() const noexcept { return state_ == State::field && row_.empty() && field_.empty(); }

 private:
  enum class State { field, plain, quoted, quote_in_quoted };

  bool step(char c);
  bool end_field();
  bool end_row();

  std::function<bool(CsvRow&)> take_;
  State state_ = State::field;
  CsvRow row_;
  std::string field_;
  bool is_null_ = true;
  std::size_t row_bytes_ = 0;
};

}  // namespace authd::store
