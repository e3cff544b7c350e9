#include "bench/recon_data/fault.h"

#include <algorithm>

namespace authd::bench {

std::string_view Fault::resolution() const noexcept {
  if (is_lesser && kind == FaultKind::amount) return "rounding";
  if (is_lesser && kind == FaultKind::status) return "status_progression";
  if (is_lesser && kind == FaultKind::date) return "timing";
  return "exception";
}

Faults::Faults(const World& world, std::uint64_t per_mille)
    : world_(world),
      count_(world.rows * std::min(per_mille, per_mille_max) / 1'000),
      first_(world.first_index_of_day(first_day)),
      width_(count_ == 0 ? 0 : (world.first_index_of_day(end_day) - first_) / count_) {}

std::optional<Fault> Faults::at(std::uint64_t index) const noexcept {
  if (count_ == 0 || index < first_) return std::nullopt;
  const std::uint64_t number = (index - first_) / width_;
  if (number >= count_ || (index - first_) % width_ != world_.chance(2, number) % width_) {
    return std::nullopt;
  }
  const std::uint64_t kinds = recon::discrepancy_names.size();
  return Fault{static_cast<FaultKind>(number % kinds + 1), number / kinds % 2 == 0};
}

}  // namespace authd::bench
