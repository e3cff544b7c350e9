#include "authd/daemon/record_configuration.h"

#include <algorithm>

#include "authd/config/time_zones.h"
#include "authd/errors/describe.h"

namespace authd {

namespace {

// Applies the command, and records and flushes what it changes.
core::Result<core::Outcome, std::string> record_now(store::Storage& storage,
                                                    const core::Command& command,
                                                    core::Timestamp now) {
  core::Moment moment;
  moment.at = std::max(now, storage.last_record_at());  // time in the state never goes back
  moment.sequence = storage.journal().next_sequence();
  core::Applied applied;
  if (!core::apply(storage.state(), command, moment, applied)) {
    return core::Unexpected{std::string("a stored row cannot be read")};
  }
  if (applied.rows.empty()) return applied.outcome;
  std::vector<std::byte> payload;
  if (!storage.record(command, moment, applied, payload)) {
    return core::Unexpected{std::string("the journal takes no more records")};
  }
  if (const auto flushed = storage.journal().flush(); !flushed) {
    return core::Unexpected{"the journal cannot be written: " + describe(flushed.error())};
  }
  return applied.outcome;
}

core::Result<void, std::string> set_up(store::Storage& storage, const core::Command& command,
                                       const std::string& what, core::Timestamp now) {
  AUTHD_TRY(outcome, record_now(storage, command, now));
  const auto setup = std::get<core::Setup>(outcome);
  if (setup == core::Setup::done || setup == core::Setup::unchanged) return {};
  return core::Unexpected{what + ": " + std::string(name(setup))};
}

}  // namespace

core::Result<void, std::string> record_configuration(store::Storage& storage, const Config& config,
                                                     core::Timestamp now) {
  std::vector<core::TimeZone> zones = config.zones;
  for (const core::TimeZone& known : storage.state().zones()) {  // their law may have changed
    if (auto zone = load_time_zone(known.name.view())) zones.push_back(std::move(*zone));
  }
  for (const core::TimeZone& zone : zones) {
    AUTHD_TRY_VOID(
        set_up(storage, core::DefineZone{zone}, "time zone " + std::string(zone.name.view()), now));
  }
  for (const ProgramConfig& program : config.programs) {
    AUTHD_TRY_VOID(set_up(storage, core::ConfigureProgram{program.program},
                          "program " + std::string(program.program.id.view()), now));
  }
  return {};
}

}  // namespace authd
