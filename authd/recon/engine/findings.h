// Findings: what is wrong with lines, items and matches, in the temporary table `found`.
//
//   found   ord          their order: by line, kind and item
//           state        2, until a rule resolves it or lets it wait
//           apart_us     of dates
//           progresses   of a status: one of the two is pending
//           expected_fee of the line, where the schedule has one
//
// One line or item can have several. The kinds are those of authd.recon_discrepancy.

#pragma once

#include "authd/recon/engine/run_session.h"

namespace authd::recon {

// Of the period in which every item must be stated.
struct Period {
  core::Timestamp from;
  core::Timestamp to;
};

core::Result<void, RunStop> find_discrepancies(RunSession& session, const Period& period);

}  // namespace authd::recon
