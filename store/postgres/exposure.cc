#include "store/postgres/exposure.h"

#include <algorithm>
#include <limits>

namespace authd::store {

namespace {

template <class Wide>
std::int64_t clamped(Wide sum) noexcept {
  return static_cast<std::int64_t>(
      std::clamp<Wide>(sum, 0, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::optional<core::Money> reserved_money(const core::Request& request,
                                          const core::Decision& decision) noexcept {
  if (!decision.is_approved() || !core::is_debit(request.kind)) return std::nullopt;
  if (decision.approved.minor_units == 0) return std::nullopt;
  return decision.approved;
}

void Exposure::Sums::add(const core::ProgramId& program, core::Money money) {
  sums_[{program, money.currency.numeric()}] += money.minor_units;
}

void Exposure::approved(const core::ProgramId& program, core::Money money) {
  const std::lock_guard lock(mutex_);
  outstanding_.add(program, money);
}

void Exposure::confirmed(const Sums& sums) { move(sums, -1); }

void Exposure::unconfirmed(const Sums& sums) { move(sums, +1); }

void Exposure::move(const Sums& sums, int sign) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, sum] : sums.sums_) outstanding_.sums_[key] += sign * sum;
}

std::int64_t Exposure::outstanding(const core::ProgramId& program, core::Currency currency) const {
  const std::lock_guard lock(mutex_);
  const auto found = outstanding_.sums_.find({program, currency.numeric()});
  return found == outstanding_.sums_.end() ? 0 : clamped(found->second);
}

std::vector<Exposure::Entry> Exposure::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [key, sum] : outstanding_.sums_) {
    const auto currency = core::Currency::from_numeric(key.second);
    entries.push_back({key.first, currency.value_or(core::Currency{}), clamped(sum)});
  }
  return entries;
}

}  // namespace authd::store
