// What a load did, as its last words to the operator.

#pragma once

#include <cstdint>
#include <string>

#include "core/apply.h"

namespace authd {

struct LoadReport {
  struct Counts {
    std::int64_t done = 0;
    std::int64_t needless = 0;  // it was so already
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  Counts accounts;
  Counts cards;
  Counts changes;   // of accounts and cards
  Counts controls;  // created or edited
  Counts removals;  // of controls

  // What has become of a command that was not refused.
  void count(const core::Command& command, core::Setup setup) noexcept;

  // A line for each kind; accounts and cards always have one.
  std::string text() const;

  friend bool operator==(const LoadReport&, const LoadReport&) = default;
};

}  // namespace authd
