#include "authd/load/state_loader.h"

#include <algorithm>

#include "authd/config/time_zones.h"
#include "authd/errors/describe.h"
#include "store/journal/layout.h"

namespace authd {

namespace {

using core::Setup;
using core::Unexpected;

// The zone that a limit names; empty when it is the program's, or there is none.
core::ZoneName zone_of(const SetUpCommand& command) noexcept {
  const auto* const set = std::get_if<core::SetControl>(&command);
  const auto* const limit =
      set == nullptr ? nullptr : std::get_if<core::Limit>(&set->control.check);
  return limit == nullptr ? core::ZoneName{} : limit->window.zone;
}

}  // namespace

core::Result<void, std::string> StateLoader::add(const SetUpCommand& command, core::Timestamp now) {
  if (const core::ZoneName zone = zone_of(command); !zone.empty()) {
    AUTHD_TRY_VOID(define_zone(zone, now));
  }
  const core::Command core_command =
      std::visit([](const auto& one) { return core::Command(one); }, command);
  AUTHD_TRY(setup, apply(core_command, now));
  if (core::is_refusal(setup)) return Unexpected{describe(setup)};
  report_.count(core_command, setup);
  return {};
}

core::Result<void, std::string> StateLoader::define_zone(const core::ZoneName& name,
                                                         core::Timestamp now) {
  if (std::find(defined_.begin(), defined_.end(), name) != defined_.end()) return {};
  auto zone = load_time_zone(name.view());
  if (!zone) {
    return Unexpected{std::string(name.view()) + " is not a zone of the system's tz database"};
  }
  AUTHD_TRY(setup, apply(core::DefineZone{*std::move(zone)}, now));
  if (core::is_refusal(setup)) return Unexpected{describe(setup)};
  defined_.push_back(name);
  return {};
}

core::Result<Setup, std::string> StateLoader::apply(const core::Command& command,
                                                    core::Timestamp now) {
  last_at_ = std::max(last_at_, now);
  const core::Moment moment{.at = last_at_, .sequence = storage_.journal().next_sequence()};
  if (!core::apply(storage_.state(), command, moment, applied_)) {
    return Unexpected{std::string("the state cannot be read")};
  }
  const auto setup = std::get<Setup>(applied_.outcome);
  if (setup != Setup::done) return setup;
  if (storage_.record(command, moment, applied_, payload_)) return setup;
  if (payload_.size() > store::payload_bytes_max) {
    return Unexpected{std::string("the controls of its owner would be too large for one record")};
  }
  AUTHD_TRY_VOID(flush());  // the batch was full
  if (!storage_.record(command, moment, applied_, payload_)) {
    return Unexpected{std::string("the journal takes no more records")};
  }
  return setup;
}

core::Result<void, std::string> StateLoader::flush() {
  const auto flushed = storage_.journal().flush();
  if (!flushed) return Unexpected{describe(flushed.error())};
  return {};
}

}  // namespace authd
