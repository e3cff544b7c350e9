// Handover: commands on their way to the state, in portions of bounded size.
//
// Threads: the mirror's. Errors: only that the process is stopping.

#pragma once

#include <vector>

#include "store/mirror/mirror_options.h"
#include "store/mirror/mirror_status.h"

namespace authd::store {

class Handover {
 public:
  Handover(const MirrorOptions& options, MirrorBoard& board) : options_(options), board_(board) {}

  void add(core::Command command) { pending_.push_back(std::move(command)); }
  bool empty() const noexcept { return pending_.empty(); }
  bool is_full() const noexcept { return pending_.size() >= options_.commands_max; }

  // Hands over what was added; afterwards it is in the journal.
  MirrorTry<void> flush();
  MirrorTry<void> flush_when_full() { return is_full() ? flush() : MirrorTry<void>(); }

  // The same, with the mark as the last command.
  MirrorTry<void> flush(const core::MirrorMark& mark);

  void clear() noexcept { pending_.clear(); }

  // Whether something was refused since the last comparison.
  bool is_comparison_owed() const noexcept { return is_comparison_owed_; }
  void compared() noexcept { is_comparison_owed_ = false; }

 private:
  const MirrorOptions& options_;
  MirrorBoard& board_;
  std::vector<core::Command> pending_;
  bool is_comparison_owed_ = false;
};

}  // namespace authd::store
