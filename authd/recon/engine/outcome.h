// Outcome: what matching has found becomes lasting, with the audit trail about it.

#pragma once

#include "authd/recon/engine/findings.h"

namespace authd::recon {

core::Result<void, RunStop> write_matches(RunSession& session);

struct Durations {
  std::int64_t match_us = 0;
  std::int64_t discrepancy_us = 0;
};

// Writes the discrepancies and the figures, settles what earlier runs left waiting, and adds all of
// it to the trail. The run is done with it.
core::Result<void, RunStop> conclude(RunSession& session, const Period& period,
                                     const Durations& durations);

}  // namespace authd::recon
