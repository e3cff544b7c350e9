// The configured suppliers, in the ledger: authd.recon_supplier, which runs and people refer to.

#pragma once

#include "authd/recon/supplier.h"
#include "core/result.h"
#include "store/postgres/connection.h"

namespace authd::recon {

// Makes the table say what the configuration says, in one transaction: suppliers are added, changed
// where something differs, and inactive once the configuration does not name them; none is ever
// removed. Each change stands in the supplier's trail, `configured` with the definition or
// `no_longer_configured`, by the actor "authd".
//
// Several daemons may do so at once: they wait for each other. The connection must be in no
// transaction; the owner's role and authd_recon may do it.
core::Result<void, store::PgError> sync_suppliers(store::Connection& connection,
                                                  const Suppliers& suppliers);

}  // namespace authd::recon
