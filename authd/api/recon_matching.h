// Matching by hand: a line with items that no pass has paired, and taking a match back.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

inline constexpr std::size_t matched_items_max = 100;

Resource recon_matching_resource();

}  // namespace authd::api
