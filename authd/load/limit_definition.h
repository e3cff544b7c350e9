// Limit definition: the "limit" of a control definition, see control_definition.h.

#pragma once

#include <boost/json/object.hpp>

#include "authd/load/object_reader.h"
#include "core/control.h"

namespace authd {

// `owner`: the level of the control's owner, which decides about defaults. Errors go to the reader.
core::Limit read_limit(ObjectReader& in, core::Level owner);

// read_limit reads it back as it was.
boost::json::object limit_json(const core::Limit& limit);

}  // namespace authd
