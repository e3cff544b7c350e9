// An audit's report for programs, and the same for people.
//
//   {"clean":true,"differences":0,"drained_sequence":…,"log_position":"0/16B3748" or null,
//    "mirror_compared":true,"compared":{"account":…,…},"excused":{"ended":…,…},"duration_s":…,
//    "rows":[{"row":"account 17","difference":"different","state":{…},"ledger":{…}}],
//    "books":[{"check":"balance_differs","place":"account 17","found":…,"expected":…}]}
//
// Of a row that differs, state and ledger hold the fields that do; of one that only one side has,
// all of that side's.

#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "store/audit/audit_report.h"

namespace authd {

boost::json::object report_json(const store::AuditReport& report);

// Of what report_json() gave, here or at a daemon; lines for a terminal.
std::string report_text(const boost::json::object& report);

}  // namespace authd
