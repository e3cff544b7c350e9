// Text: a decision and the history of its authorization, laid out for people who answer the
// cardholder: no knowledge of the source is needed to read it.
//
// All functions return whole lines. Times are UTC, amounts major units with their currency.

#pragma once

#include <map>
#include <string>
#include <utility>

#include "store/format/records.h"

namespace authd::explain {

// Controls as they were in a version, where the journal still tells: a finding states the figures
// of a control, not what it measures. With the owner of each.
using Definitions = std::map<std::pair<core::ControlId, std::uint32_t>, core::SetControl>;

// Why a request was answered as it was. `record` is of a core::Request.
std::string decision_text(const store::Record& record, const Definitions& definitions);

// One record of an authorization's history, in one line.
std::string history_line(const store::Record& record);

}  // namespace authd::explain
