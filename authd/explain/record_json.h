// A journal record as one JSON object: the lines of `authd journal dump` and the records of
// `authd explain --json`.
//
// Keys are stable: programs read them. Every object has sequence, at, at_unix_us and kind; the rest
// depends on the kind. Amounts of money are {"minor_units":…,"currency":"USD"}, or numbers whose
// key ends in _minor, in the currency of the account. Moments are ISO 8601 in UTC beside their
// microseconds; what never comes is "never".

#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "store/format/records.h"

namespace authd::explain {

boost::json::object record_json(const store::Record& record);

// "request": the kind of a record.
std::string_view kind_name(store::RecordKind kind) noexcept;

// The parts of it.
boost::json::object outcome_json(const core::Outcome& outcome);
boost::json::object to_json(const core::Explanation& explanation);

// The control's definition (authd/load/control_definition.h) with its version and its counter.
boost::json::object to_json(const core::SetControl& stored);

}  // namespace authd::explain
