// Readiness: whether new authorizations should be sent here, for /readyz.

#pragma once

#include <string>
#include <vector>

#include "authd/config/config.h"
#include "authd/status/status.h"
#include "store/journal/journal.h"

namespace authd {

// Why not, a sentence each; empty when ready. `status` has everything but this.
std::vector<std::string> why_not_ready(const Status& status, const store::Journal& journal,
                                       const ReadinessConfig& limits);

}  // namespace authd
