// Fault: what is wrong on purpose in the benchmark's data, and the list of what was planted.
//
// Each lies on an authorization, a line or an item of its own, so that exactly one discrepancy must
// be found for it. They lie in the middle of the period: at its ends a line that is missing may
// come with the next file, and an authorization is not overdue yet.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "authd/recon/words.h"
#include "bench/recon_data/world.h"

namespace authd::bench {

using FaultKind = recon::Discrepancy;

// Every kind comes in two: of amount, status and date the lesser one is for a rule.
struct Fault {
  FaultKind kind = FaultKind::amount;
  bool is_lesser = false;

  // The rule that resolves it, or "exception".
  std::string_view resolution() const noexcept;
};

class Faults {
 public:
  static constexpr std::uint64_t first_day = 2;
  static constexpr std::uint64_t end_day = 17;
  static constexpr std::uint64_t per_mille_max = 100;

  Faults(const World& world, std::uint64_t per_mille);

  std::uint64_t count() const noexcept { return count_; }
  // That of the authorization with this index, if it has one.
  std::optional<Fault> at(std::uint64_t index) const noexcept;

 private:
  const World& world_;
  std::uint64_t count_;
  std::uint64_t first_;  // index
  std::uint64_t width_;  // of how many one has a fault; what is left over has none
};

// One fault as it was planted. 0: there is no such line, item, authorization.
struct Planted {
  Fault fault;
  std::uint64_t line_number = 0;
  core::Sequence item;  // of an authorization that was never cleared: itself
  core::AuthorizationId authorization;
};
using PlantedList = std::vector<Planted>;

}  // namespace authd::bench
