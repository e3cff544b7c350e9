// ControlUsage: what is used of limits and of cards for one use, and what is left.
//
// The figures are those of the last records that the ledger has: a decision of this moment may be
// missing. Whose spending a limit counts decides what can be told: of a program's limit that counts
// each card there is a figure for a card, and none for the program.
//
// Threads: one at a time.

#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "authd/api/call.h"
#include "core/rows.h"

namespace authd::api {

class ControlUsage {
 public:
  // `subjects`: of whom the figures are wanted, at most one of each level. Asks for nothing that
  // none of `controls` needs.
  static core::Result<ControlUsage, Problem> read(store::Connection& connection,
                                                  std::span<const core::Owner> subjects,
                                                  std::span<const core::Control> controls,
                                                  core::Timestamp now);

  // {"used": …, "left": …, "resets_at": …}, in what the limit's max is in; null where there is no
  // such figure.
  boost::json::value of(const core::Control& control) const;

 private:
  explicit ControlUsage(core::Timestamp now) : now_(now) {}

  core::Result<void, Problem> read_images(store::Connection& connection,
                                          const std::vector<std::string>& keys);
  boost::json::value of(const core::Control& control, const core::Limit& limit) const;
  const core::TimeZone* zone_of(const core::Window& window) const;

  core::Timestamp now_;
  std::vector<core::Level> levels_;  // of the subjects
  std::vector<core::Usage> usages_;  // theirs: of each shard that has one
  std::optional<core::Program> program_;
  std::map<std::string, core::TimeZone, std::less<>> zones_;
};

std::vector<Statement> control_usage_statements();

}  // namespace authd::api
