// Waiting for what another process does: looks again and again until it is so, but not for ever.

#pragma once

#include <chrono>
#include <thread>

namespace authd::test {

// Whether the condition became true before the deadline. It is looked at at least once.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds deadline = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace authd::test
