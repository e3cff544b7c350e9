// Hours definition: the "hours" of a control definition, see control_definition.h.

#pragma once

#include <boost/json/object.hpp>

#include "authd/load/object_reader.h"
#include "core/control.h"

namespace authd {

// Errors go to the reader.
core::Hours read_hours(ObjectReader& in);

// read_hours reads it back as it was.
boost::json::object hours_json(const core::Hours& hours);

}  // namespace authd
