#include "authd/config/time_zones.h"

#include <date/tz.h>

#include <stdexcept>

namespace authd {

std::optional<core::TimeZone> load_time_zone(const std::string& iana_name) {
  using date::sys_days;
  using date::sys_seconds;
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(iana_name);
  } catch (const std::runtime_error&) {  // unknown name, or no tz database at all
    return std::nullopt;
  }

  core::TimeZone result;
  result.name = iana_name;
  const sys_seconds last = sys_days(date::year{2100} / 1 / 1);
  for (sys_seconds at = sys_days(date::year{1970} / 1 / 1); at < last;) {
    const date::sys_info info = zone->get_info(at);
    result.transitions.push_back(
        {at.time_since_epoch().count(), static_cast<std::int32_t>(info.offset.count())});
    at = info.end;
  }
  return result;
}

}  // namespace authd
