// JSON as configuration is written: every key of an object stands once. A second "max" would
// otherwise silently replace the first.

#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace authd {

// One JSON text, nested at most 32 deep. The error says what is wrong with it.
core::Result<boost::json::value, std::string> parse_strict_json(std::string_view text);

}  // namespace authd
