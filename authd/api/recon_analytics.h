// Figures over time. They come from what each run has counted, never from its lines.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

inline constexpr std::int64_t analytics_days_max = 400;  // by day; by week or month ten times that
inline constexpr std::int64_t analytics_days_default = 30;

Resource recon_analytics_resource();

}  // namespace authd::api
