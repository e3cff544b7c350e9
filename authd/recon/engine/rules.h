// Rules: which discrepancies need nobody.
//
// The supplier's rules run in the order in which they stand, each over what is still open, in the
// order of the lines. A rule stops for good at the first discrepancy that would pass one of its
// limits, or one of all rules together: what comes then is for people.

#pragma once

#include "authd/recon/engine/findings.h"

namespace authd::recon {

core::Result<void, RunStop> apply_rules(RunSession& session, const Period& period);

}  // namespace authd::recon
