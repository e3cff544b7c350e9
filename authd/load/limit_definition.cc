#include "authd/load/limit_definition.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/value.hpp>

#include "authd/config/time_zones.h"
#include "core/money.h"

namespace authd {

namespace {

namespace json = boost::json;
using core::Level;
using core::Limit;
using core::Period;
using core::Window;
using std::string_view_literals::operator""sv;

// Positions are the numbers of the enumerators, from 1.
constexpr std::array measures{"amount"sv, "count"sv};
constexpr std::array levels{"program"sv, "account"sv, "card"sv};
constexpr std::array periods{"transaction"sv, "day"sv,      "week"sv,   "month"sv,
                             "year"sv,        "lifetime"sv, "rolling"sv};

// "90s", "5m", "2h", "31d" as seconds; nothing when it is something else.
std::optional<std::int64_t> parse_length_s(std::string_view text) {
  constexpr std::size_t digits_max = 7;  // enough for 31 days of seconds
  if (text.size() < 2 || text.size() > digits_max + 1) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text.substr(0, text.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  switch (text.back()) {
    case 's': return number;
    case 'm': return number * 60;
    case 'h': return number * 3'600;
    case 'd': return number * core::s_per_day;
    default: return std::nullopt;
  }
}

std::int32_t read_rolling_s(ObjectReader& in) {
  const json::value* const value = in.find("rolling");
  std::optional<std::int64_t> length_s;
  if (value != nullptr && value->is_int64()) length_s = value->get_int64();
  if (value != nullptr && value->is_string()) {
    length_s = parse_length_s(std::string_view(value->get_string()));
  }
  if (!length_s || *length_s < Window::rolling_s_min || *length_s > Window::rolling_s_max) {
    in.refuse("rolling", "must be a length from 10s to 31d such as 90s, 5m, 2h, or its seconds");
    return Window::rolling_s_min;
  }
  return static_cast<std::int32_t>(*length_s);
}

bool is_calendar(Period period) noexcept {
  return period == Period::day || period == Period::week || period == Period::month ||
         period == Period::year;
}

// Cards and programs have a zone to fall back on; the cards of an account may have several.
core::ZoneName read_zone(ObjectReader& in, Period period, Level owner) {
  if (in.find("zone") == nullptr) {
    if (is_calendar(period) && owner == Level::account) {
      in.refuse("zone", "is required: an account has no time zone of its own");
    }
    return {};
  }
  const std::string name = in.text("zone");
  if (!is_calendar(period)) in.refuse("zone", "must stand with a day, week, month or year only");
  if (!is_time_zone(name)) {
    in.refuse("zone", "'" + name + "' is not a zone of the system's tz database (package tzdata)");
  }
  return core::ZoneName::from(name).value_or(core::ZoneName{});
}

Window read_window(ObjectReader& in, Level owner) {
  Window window;
  window.period = in.enumerator<Period>("per", periods);
  if (window.period == Period::rolling) {
    window.rolling_s = read_rolling_s(in);
  } else if (in.find("rolling") != nullptr) {
    in.refuse("rolling", "must stand with \"per\": \"rolling\" only");
  }
  window.zone = read_zone(in, window.period, owner);
  return window;
}

}  // namespace

Limit read_limit(ObjectReader& in, Level owner) {
  Limit limit;
  limit.measure = in.enumerator<Limit::Measure>("measure", measures);
  limit.max = in.integer("max", 0, core::minor_units_max);
  limit.window = read_window(in, owner);
  limit.counts = in.enumerator<Level>("counts", levels, owner);
  if (limit.counts < owner) {
    in.refuse("counts",
              fmt::format("must not be wider than the control's owner, the {}", core::name(owner)));
  }
  return limit;
}

json::object limit_json(const Limit& limit) {
  json::object object{{"measure", measures[static_cast<std::size_t>(limit.measure) - 1]},
                      {"max", limit.max},
                      {"per", core::name(limit.window.period)}};
  if (limit.window.period == Period::rolling) object["rolling"] = limit.window.rolling_s;
  if (!limit.window.zone.empty()) object["zone"] = limit.window.zone.view();
  object["counts"] = core::name(limit.counts);
  return object;
}

}  // namespace authd
