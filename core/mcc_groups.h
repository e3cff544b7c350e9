// MCC groups: names for sets of merchant category codes, so that a policy says "gambling" instead
// of six numbers.
//
// Two families. The sections of ISO 18245 (agricultural_services … government_services) cover all
// codes that the standard gives out, together with the codes from 3000 to 3999 that Visa and
// Mastercard give to single airlines, car rental companies and hotels. The purposes (gambling,
// cash, fuel, tips …) are what issuers block or treat specially; they overlap with each other and
// with the sections. A group is resolved into its ranges when a policy is read, so what a stored
// policy matches does not change with this table.

#pragma once

#include <span>
#include <string_view>

#include "core/filter.h"

namespace authd::core {

struct MccGroup {
  static constexpr std::size_t ranges_max = 16;

  std::string_view name;             // a-z and _
  std::string_view description;      // what people would say it is
  std::span<const MccRange> ranges;  // ascending, apart from each other
};

// Ascending by name.
std::span<const MccGroup> mcc_groups() noexcept;

// Null when there is no group of this name.
const MccGroup* mcc_group(std::string_view name) noexcept;

}  // namespace authd::core
