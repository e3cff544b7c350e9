#include "store/mirror/handover.h"

#include <utility>

namespace authd::store {

namespace {

// Whether the state is now other than PostgreSQL says.
struct IsRefusal {
  bool operator()(core::Setup setup) const noexcept {
    return core::is_refusal(setup) || setup == core::Setup::exists;
  }
  // A repetition was refused, or not, when it came first.
  bool operator()(const core::Moved& moved) const noexcept {
    if (moved.origin == core::Moved::Origin::refused) return true;
    return moved.origin == core::Moved::Origin::done &&
           moved.transfer.status == core::TransferStatus::declined;
  }
  template <class Other>
  bool operator()(const Other&) const noexcept {
    return false;  // no command of the mirror has such an outcome
  }
};

}  // namespace

MirrorTry<void> Handover::flush() {
  if (pending_.empty()) return {};
  const std::vector<core::Command> commands = std::exchange(pending_, {});
  const auto outcomes = options_.apply(commands);
  if (!outcomes) return core::Unexpected{stopping()};
  AUTHD_ASSERT(outcomes->size() == commands.size());
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!std::visit(IsRefusal{}, (*outcomes)[i])) continue;
    ++refused;
    if (options_.on_refused) options_.on_refused(commands[i], (*outcomes)[i]);
  }
  if (refused > 0) is_comparison_owed_ = true;
  board_.update([&](MirrorStatus& s) {
    s.commands += commands.size();
    s.refused += refused;
  });
  return {};
}

MirrorTry<void> Handover::flush(const core::MirrorMark& mark) {
  add(mark);
  AUTHD_TRY_VOID(flush());
  board_.update([&](MirrorStatus& s) { s.mark = mark; });
  return {};
}

}  // namespace authd::store
