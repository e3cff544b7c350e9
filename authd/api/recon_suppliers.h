// Suppliers: whose files are reconciled, as the configuration defines them.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource recon_suppliers_resource();

}  // namespace authd::api
