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

// Stored: numbers are never reused.
enum class Discrepancy : std::uint8_t {
  missing_internally = 1,
  missing_externally = 2,
  amount = 3,
  currency = 4,
  status = 5,
  date = 6,
  duplicate = 7,
  fee_variance = 8,
  cleared_without_authorization = 9,
  authorized_never_cleared = 10,
  over_captured = 11,
};
inline constexpr std::array<std::string_view, 11> discrepancy_names{"missing_internally",
                                                                    "missing_externally",
                                                                    "amount",
                                                                    "currency",
                                                                    "status",
                                                                    "date",
                                                                    "duplicate",
                                                                    "fee_variance",
                                                                    "cleared_without_authorization",
                                                                    "authorized_never_cleared",
                                                                    "over_captured"};

// Of the period in which every item must be stated.
struct Period {
  core::Timestamp from;
  core::Timestamp to;
};

core::Result<void, RunStop> find_discrepancies(RunSession& session, const Period& period);

}  // namespace authd::recon
