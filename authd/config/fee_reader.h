// The [[reconciliation.supplier.fee]], .rate and .rule tables: what a supplier charges, what its
// currencies are worth, and which differences nobody has to look at.

#pragma once

#include <vector>

#include "authd/config/supplier_reader.h"
#include "authd/config/table_reader.h"

namespace authd {

// No two of the same kind and currency.
std::vector<recon::Fee> read_fees(TableReader& supplier_table, const SupplierContext& supplier);

// No two from and to the same currencies.
std::vector<recon::Rate> read_rates(TableReader& supplier_table);

// Of a supplier whose fees have been read.
std::vector<recon::Rule> read_rules(TableReader& supplier_table, const SupplierContext& supplier);

}  // namespace authd
