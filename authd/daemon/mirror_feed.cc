#include "authd/daemon/mirror_feed.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "authd/config/time_zones.h"

namespace authd {

namespace {

// What a command of the mirror is about.
struct DescribeMirrored {
  std::string operator()(const core::MirrorAccount& c) const {
    return fmt::format("account {}", c.account.id.value);
  }
  std::string operator()(const core::MirrorCard& c) const {
    return fmt::format("card {} {}", c.card.program.view(), c.card.token.view());
  }
  std::string operator()(const core::MirrorControl& c) const {
    return fmt::format("spend control {}", c.control.id.value);
  }
  std::string operator()(const core::MirrorRemoval& c) const {
    return fmt::format("spend control {}", c.control.value);
  }
  std::string operator()(const core::MoveMoney& c) const {
    return fmt::format("credit {}", c.id.view());
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "row";
  }
};

std::string describe_mirrored(const core::Command& command) {
  return std::visit(DescribeMirrored{}, command);
}

}  // namespace

MirrorFeed::MirrorFeed(Sequencer& sequencer, const std::vector<core::TimeZone>& zones,
                       KnownNumbers& numbers)
    : sequencer_(sequencer), numbers_(numbers) {
  for (const core::TimeZone& zone : zones) zones_.insert(zone.name);
}

std::optional<std::vector<core::Outcome>> MirrorFeed::apply(std::vector<core::Command> commands) {
  numbers_.meet(commands);
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

void log_refused(const core::Command& command, const core::Outcome& outcome) {
  const auto* const setup = std::get_if<core::Setup>(&outcome);
  spdlog::error("mirror: the state does not take a row of PostgreSQL: {} {}",
                describe_mirrored(command), setup != nullptr ? name(*setup) : "declined");
}

}  // namespace authd
