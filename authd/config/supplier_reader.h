// [reconciliation] and its [[reconciliation.supplier]] tables: whose files are matched with which
// part of the books.
//
// The description of a supplier's files is read with it, from the file that `source` names; what is
// wrong there is reported under `source`, with that file's name and line.

#pragma once

#include <filesystem>
#include <vector>

#include "authd/config/config.h"
#include "authd/config/table_reader.h"
#include "core/time.h"

namespace authd {

// How far apart two sides of the same movement can be told to be.
inline constexpr std::int64_t window_s_max = 31 * core::s_per_day;

// What the tables within a supplier's are read against.
struct SupplierContext {
  const recon::Supplier& supplier;  // as far as it has been read
  bool is_source_known = false;     // else nothing can be said of columns
};

// Relative paths are relative to `base`.
recon::Suppliers read_reconciliation(TableReader& in, const std::filesystem::path& base,
                                     const std::vector<ProgramConfig>& programs);

}  // namespace authd
