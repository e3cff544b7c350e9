#include "authd/daemon/mirror_feed.h"

#include "authd/config/time_zones.h"

namespace authd {

MirrorFeed::MirrorFeed(Sequencer& sequencer, const std::vector<core::TimeZone>& zones)
    : sequencer_(sequencer) {
  for (const core::TimeZone& zone : zones) zones_.insert(zone.name);
}

std::optional<std::vector<core::Outcome>> MirrorFeed::apply(std::vector<core::Command> commands) {
  Changes changes;
  std::vector<std::size_t> asked_for;  // positions of the given commands among all
  for (core::Command& command : commands) {
    add_zone_of(command, changes.commands);
    asked_for.push_back(changes.commands.size());
    changes.commands.push_back(std::move(command));
  }
  ChangesDone done(changes);
  if (sequencer_.submit(changes) != core::Reason::approved) return std::nullopt;
  done.wait();

  std::vector<core::Outcome> outcomes;
  outcomes.reserve(asked_for.size());
  for (const std::size_t position : asked_for) {
    outcomes.push_back(std::move(changes.outcomes[position]));
  }
  return outcomes;
}

// A zone that the system does not know either is not defined: the state refuses the control, and
// says why.
void MirrorFeed::add_zone_of(const core::Command& command, std::vector<core::Command>& to) {
  const auto* const put = std::get_if<core::MirrorControl>(&command);
  const auto* const limit =
      put != nullptr ? std::get_if<core::Limit>(&put->control.check) : nullptr;
  if (limit == nullptr || limit->window.zone.empty() || zones_.contains(limit->window.zone)) return;
  auto zone = load_time_zone(limit->window.zone.view());
  if (!zone) return;
  zones_.insert(zone->name);
  to.emplace_back(core::DefineZone{*std::move(zone)});
}

}  // namespace authd
