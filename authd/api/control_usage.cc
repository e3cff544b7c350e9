#include "authd/api/control_usage.h"

#include <algorithm>
#include <boost/json/object.hpp>

#include "authd/api/json_values.h"
#include "core/tallies.h"
#include "store/format/keys.h"
#include "store/format/rows.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Limit;
using core::Period;

const Limit* limit_of(const core::Control& control) noexcept {
  const auto* const limit = std::get_if<Limit>(&control.check);
  return limit != nullptr && limit->window.period != Period::transaction ? limit : nullptr;
}

bool counts(const core::Control& control) noexcept {
  return limit_of(control) != nullptr || std::holds_alternative<core::SingleUse>(control.check);
}

bool is_calendar(Period period) noexcept {
  return period != Period::rolling && period != Period::lifetime && period != Period::transaction;
}

// What all shards have counted.
core::Used sum(std::span<const core::Usage> usages, core::Level level, core::CounterId counter,
               core::Timestamp counts_from) noexcept {
  core::Used all;
  for (const core::Usage& usage : usages) {
    if (usage.owner.level() != level) continue;
    const core::Used one = core::used(usage, counter, counts_from);
    all.minor = core::checked_add(all.minor, one.minor).value_or(all.minor);
    all.count += one.count;
  }
  return all;
}

json::value figures(std::int64_t max, std::int64_t used,
                    const std::optional<core::Timestamp>& resets_at) {
  return json::object{{"used", used},
                      {"left", std::max<std::int64_t>(max - used, 0)},
                      {"resets_at", time_or_null(resets_at)}};
}

}  // namespace

core::Result<ControlUsage, Problem> ControlUsage::read(store::Connection& connection,
                                                       std::span<const core::Owner> subjects,
                                                       std::span<const core::Control> controls,
                                                       core::Timestamp now) {
  ControlUsage usage(now);
  if (std::none_of(controls.begin(), controls.end(), counts)) return usage;
  std::vector<std::string> keys;
  for (const core::Owner& subject : subjects) {
    usage.levels_.push_back(subject.level());
    keys.emplace_back(store::usage_key(subject).view());
    if (const auto* const program = std::get_if<core::ProgramId>(&subject.of)) {
      keys.emplace_back(store::program_key(*program).view());
    }
  }
  AUTHD_TRY_VOID(usage.read_images(connection, keys));

  // A zone that nothing names is the program's, which is known by now.
  std::vector<std::string> zones;
  for (const core::Control& control : controls) {
    const Limit* const limit = limit_of(control);
    if (limit == nullptr || !is_calendar(limit->window.period)) continue;
    const core::ZoneName& own = limit->window.zone;
    if (own.empty() && !usage.program_) continue;
    zones.emplace_back(store::zone_key(own.empty() ? usage.program_->zone : own).view());
  }
  if (!zones.empty()) AUTHD_TRY_VOID(usage.read_images(connection, zones));
  return usage;
}

core::Result<void, Problem> ControlUsage::read_images(store::Connection& connection,
                                                      const std::vector<std::string>& keys) {
  store::PgColumns wanted{store::PgType::bytes};
  for (const std::string& key : keys) wanted.bytes(store::bytes_of(key));
  AUTHD_TRY(found, connection.exec_prepared("control_images", store::PgParams().columns(wanted)));
  for (int i = 0; i < found.rows(); ++i) {
    const auto row = store::decode_row(found.text(i, 0), store::bytes_of(found.text(i, 1)));
    if (!row) return core::Unexpected{store::unexpected("an image of the state cannot be read")};
    if (const auto* const usage = std::get_if<core::Usage>(&*row)) usages_.push_back(*usage);
    if (const auto* const program = std::get_if<core::Program>(&*row)) program_ = *program;
    if (const auto* const zone = std::get_if<core::TimeZone>(&*row)) {
      zones_[std::string(zone->name.view())] = *zone;
    }
  }
  return {};
}

const core::TimeZone* ControlUsage::zone_of(const core::Window& window) const {
  static const core::TimeZone any;
  if (!is_calendar(window.period)) return &any;
  if (window.zone.empty() && !program_) return nullptr;
  const auto found = zones_.find((window.zone.empty() ? program_->zone : window.zone).view());
  return found == zones_.end() ? nullptr : &found->second;
}

json::value ControlUsage::of(const core::Control& control, const Limit& limit) const {
  const core::TimeZone* const zone = zone_of(limit.window);
  if (zone == nullptr) return nullptr;
  const core::Span span = core::span_at(limit.window, *zone, now_);
  const core::Used used = sum(usages_, limit.counts, control.counter, span.counts_from);
  std::optional<core::Timestamp> resets_at;
  if (is_calendar(limit.window.period)) resets_at = span.resets_at;
  return figures(limit.max, limit.measure == Limit::Measure::amount ? used.minor : used.count,
                 resets_at);
}

json::value ControlUsage::of(const core::Control& control) const {
  const Limit* const limit = limit_of(control);
  const core::Level level = limit == nullptr ? core::Level::card : limit->counts;
  const bool asked = std::find(levels_.begin(), levels_.end(), level) != levels_.end();
  if (!asked || !counts(control)) return nullptr;
  if (limit != nullptr) return of(control, *limit);
  return figures(1, sum(usages_, level, control.counter, core::Timestamp{INT64_MIN}).count, {});
}

std::vector<Statement> control_usage_statements() {
  return {{"control_images",
           "SELECT key, image FROM authd.state_image"
           " WHERE shard IN (SELECT shard FROM authd.shard) AND key = ANY ($1::bytea[])"}};
}

}  // namespace authd::api
