// The system's tz database as core::TimeZone: read when a configuration or a control names a zone,
// so that decisions need no file.

#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace authd {

// Whether the system's tz database knows the name.
bool is_time_zone(std::string_view iana_name);

// The offset changes of an IANA zone from 1970 to 2100, as far as the system's database states them
// (Debian's to 2037; the last offset holds from there on); nothing when it is not known. Takes
// about a millisecond.
std::optional<core::TimeZone> load_time_zone(std::string_view iana_name);

}  // namespace authd
