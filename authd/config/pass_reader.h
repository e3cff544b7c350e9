// The [[reconciliation.supplier.pass]] tables: in what order and how what was stated is matched
// with what was booked.

#pragma once

#include <vector>

#include "authd/config/supplier_reader.h"
#include "authd/config/table_reader.h"

namespace authd {

// Of a supplier of which everything else has been read: fees, rates and columns that a pass relies
// on must be there. Without a table: `reference`, then `net_of_fee` where there are fees and
// `currency` where there are rates.
std::vector<recon::Pass> read_passes(TableReader& supplier_table, const SupplierContext& supplier);

}  // namespace authd
