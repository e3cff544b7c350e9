// Matching: the lines of a run, and those that earlier runs left waiting, with what we have booked.

#pragma once

#include "authd/recon/engine/findings.h"

namespace authd::recon {

// Fills the temporary tables line, item, pair, open_line and open_item, within a transaction of the
// work's connection that is open already. Returns the period.
core::Result<Period, RunStop> match(RunSession& session, const RunRecord& record);

}  // namespace authd::recon
