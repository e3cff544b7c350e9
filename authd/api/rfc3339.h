// Times as RFC 3339 writes them: out always in UTC with microseconds, in with any offset.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace authd::api {

std::string to_rfc3339(core::Timestamp at);  // "2026-11-21T13:04:51.000250Z", years 1 to 9999

// "2026-11-21T14:04:51.25+01:00". Nothing when it is anything else, has more than six decimals, or
// names a day or second that does not exist (leap seconds included).
std::optional<core::Timestamp> from_rfc3339(std::string_view text);

}  // namespace authd::api
