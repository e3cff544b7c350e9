// The system's tz database as core::TimeZone: read once at start, so that decisions need no file.

#pragma once

#include <optional>
#include <string>

#include "core/time.h"

namespace authd {

// The offset changes of an IANA zone from 1970 to 2100; nothing when the system's tz database does
// not know the name.
std::optional<core::TimeZone> load_time_zone(const std::string& iana_name);

}  // namespace authd
