#include "authd/load/load_report.h"

#include <fmt/format.h>

namespace authd {

namespace {

// The counts that a command belongs to; null for one that sets nothing up.
struct CountsOf {
  LoadReport& report;

  LoadReport::Counts* operator()(const core::OpenAccount&) const { return &report.accounts; }
  LoadReport::Counts* operator()(const core::IssueCard&) const { return &report.cards; }
  LoadReport::Counts* operator()(const core::ChangeAccount&) const { return &report.changes; }
  LoadReport::Counts* operator()(const core::ChangeCard&) const { return &report.changes; }
  LoadReport::Counts* operator()(const core::SetControl&) const { return &report.controls; }
  LoadReport::Counts* operator()(const core::RemoveControl&) const { return &report.removals; }
  template <class Other>
  LoadReport::Counts* operator()(const Other&) const {
    return nullptr;
  }
};

}  // namespace

void LoadReport::count(const core::Command& command, core::Setup setup) noexcept {
  Counts* const counts = std::visit(CountsOf{*this}, command);
  if (counts != nullptr) (setup == core::Setup::done ? counts->done : counts->needless) += 1;
}

std::string LoadReport::text() const {
  std::string text =
      fmt::format("accounts: {} created, {} existed already\n", accounts.done, accounts.needless) +
      fmt::format("cards: {} created, {} existed already\n", cards.done, cards.needless);
  const auto add = [&text](const Counts& counts,
                           fmt::format_string<const std::int64_t&, const std::int64_t&> line) {
    if (counts != Counts{}) text += fmt::format(line, counts.done, counts.needless);
  };
  add(changes, "changes: {} made, {} were so already\n");
  add(controls, "controls: {} set, {} were so already\n");
  add(removals, "removed controls: {}, {} were not there\n");
  return text;
}

}  // namespace authd
