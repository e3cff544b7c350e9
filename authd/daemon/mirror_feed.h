// MirrorFeed: the mirror's way into the sequencer, and its way out to those who wait for it.
//
// Threads: apply on the mirror's.

#pragma once

#include <optional>
#include <set>
#include <vector>

#include "authd/daemon/known_numbers.h"
#include "authd/sequencer/sequencer.h"

namespace authd {

class MirrorFeed {
 public:
  // `zones`: those that the state has. The others outlive it; `numbers` hears of what passes.
  MirrorFeed(Sequencer& sequencer, const std::vector<core::TimeZone>& zones, KnownNumbers& numbers);

  // As store::MirrorOptions::Apply. A limit may come with a time zone that the state has not heard
  // of: it gets that first.
  std::optional<std::vector<core::Outcome>> apply(std::vector<core::Command> commands);

 private:
  void add_zone_of(const core::Command& command, std::vector<core::Command>& to);

  Sequencer& sequencer_;
  std::set<core::ZoneName> zones_;
  KnownNumbers& numbers_;
};

// As store::MirrorOptions::on_refused.
void log_refused(const core::Command& command, const core::Outcome& outcome);

}  // namespace authd
