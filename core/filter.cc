#include "core/filter.h"

#include <algorithm>

namespace authd::core {

namespace {

template <class T>
bool holds(const List<T>& list, const T& value, bool known) noexcept {
  if (list.values.empty()) return true;
  if (!known) return false;
  const bool listed = std::find(list.values.begin(), list.values.end(), value) != list.values.end();
  return listed != list.except;
}

bool mcc_holds(const List<MccRange>& list, std::uint16_t mcc) noexcept {
  if (list.values.empty()) return true;
  return mcc != 0 && contains(list.values, mcc) != list.except;
}

}  // namespace

bool contains(const std::vector<MccRange>& ranges, std::uint16_t mcc) noexcept {
  return std::any_of(ranges.begin(), ranges.end(),
                     [mcc](MccRange range) { return range.from <= mcc && mcc <= range.to; });
}

bool matches(const Filter& filter, Kind kind, const Details& details) noexcept {
  const Merchant& merchant = details.merchant;
  return filter.kinds.contains(kind) && filter.entry_modes.contains(details.entry_mode) &&
         filter.card_presences.contains(details.card_presence) &&
         filter.channels.contains(details.channel) && filter.wallets.contains(details.wallet) &&
         filter.recurrences.contains(details.recurrence) && mcc_holds(filter.mccs, merchant.mcc) &&
         holds(filter.merchants, merchant.id, !merchant.id.empty()) &&
         holds(filter.countries, merchant.country, !merchant.country.empty()) &&
         holds(filter.currencies, details.currency, details.currency != Currency{});
}

}  // namespace authd::core
