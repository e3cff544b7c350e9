// LineRows: a batch of lines on their way into the tables, as COPY wants them.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "authd/recon/reader.h"
#include "authd/recon/supplier.h"
#include "store/postgres/connection.h"

namespace authd::recon {

class LineRows {
 public:
  LineRows(std::int64_t run, const Supplier& supplier);

  // Adds a line or a bad line, unless its number is `stored` or less. Returns its number. Amounts
  // become the wallet's: debits are negative.
  std::int64_t add(const Reader::Item& item, std::int64_t stored);

  std::size_t size() const noexcept { return lines_.size() + bad_lines_.size(); }  // bytes
  core::Result<void, store::PgError> write(store::Connection& connection);

 private:
  // Where a value of a line comes from: a field, or an extra column.
  struct Origin {
    Field field = Field::reference;
    std::optional<std::size_t> extra;
  };
  static std::optional<Origin> origin(const Source& source, std::string_view name);
  static std::string_view value(const Line& line, const std::optional<Origin>& origin);

  void add(const Line& line);
  void add(const BadLine& line);
  std::int64_t signed_as_wallet(std::int64_t minor) const noexcept;

  const std::int64_t run_;
  const Supplier& supplier_;
  const std::optional<Origin> our_reference_;
  const std::optional<Origin> authorization_;
  store::CopyRows lines_;
  store::CopyRows bad_lines_;
};

}  // namespace authd::recon
