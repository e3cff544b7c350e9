// Runs: asked for, listed, shown, cancelled.

#pragma once

#include "authd/api/recon.h"

namespace authd::api {

Resource recon_runs_resource(const ReconciliationDesk& desk);

}  // namespace authd::api
