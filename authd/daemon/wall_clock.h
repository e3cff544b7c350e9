// The one reading of the wall clock: time is passed in everywhere else.

#pragma once

#include <chrono>

#include "core/time.h"

namespace authd {

inline core::Timestamp wall_clock_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count()};
}

}  // namespace authd
