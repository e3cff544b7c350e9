#include "authd/config/time_zones.h"

#include <date/tz.h>

#include <stdexcept>

namespace authd {

namespace {

const date::time_zone* locate(std::string_view iana_name) {
  if (iana_name.empty() || iana_name.size() > core::ZoneName::size_max) return nullptr;
  try {
    return date::locate_zone(std::string(iana_name));
  } catch (const std::runtime_error&) {  // unknown name, or no tz database at all
    return nullptr;
  }
}

}  // namespace

bool is_time_zone(std::string_view iana_name) { return locate(iana_name) != nullptr; }

std::optional<core::TimeZone> load_time_zone(std::string_view iana_name) {
  using date::sys_days;
  using date::sys_seconds;
  const date::time_zone* const zone = locate(iana_name);
  if (zone == nullptr) return std::nullopt;

  core::TimeZone result;
  result.name = *core::ZoneName::from(iana_name);
  auto& transitions = result.transitions;
  const sys_seconds last = sys_days(date::year{2100} / 1 / 1);
  for (sys_seconds at = sys_days(date::year{1970} / 1 / 1); at < last;) {
    const date::sys_info info = zone->get_info(at);
    const auto offset_s = static_cast<std::int32_t>(info.offset.count());
    // The database also tells of changes of the abbreviation alone.
    if (transitions.empty() || transitions.back().offset_s != offset_s) {
      transitions.push_back({at.time_since_epoch().count(), offset_s});
    }
    at = info.end;
  }
  return result;
}

}  // namespace authd
