// Numbers as Prometheus has them: floating point, durations in seconds.

#pragma once

#include <chrono>
#include <cstdint>

namespace authd {

inline double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

inline double as_double(std::uint64_t number) { return static_cast<double>(number); }

}  // namespace authd
