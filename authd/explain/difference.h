// Differences that a replay found, for people and for programs.

#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "store/replay/replay.h"

namespace authd::explain {

// One line for the record and one for each part of it that differs.
std::string difference_text(const store::Difference& difference);

// {"sequence":…,"kind":…,"outcome":{"recorded":…,"replayed":…},"rows":[{"row":…,"side":…}]}; parts
// that are the same are absent.
boost::json::object difference_json(const store::Difference& difference);

}  // namespace authd::explain
