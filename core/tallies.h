// Tallies: the arithmetic of a usage row. Sums saturate: a counter that has reached the end of
// int64 is beyond every limit.

#pragma once

#include "core/rows.h"

namespace authd::core {

struct Used {
  std::int64_t minor = 0;
  std::int64_t count = 0;
};

// What `counter` has counted in tallies that begin at `counts_from` or later.
Used used(const Usage& usage, CounterId counter, Timestamp counts_from) noexcept;

// Adds to the tally of `span` and drops the counter's tallies that have left the window.
void add(Usage& usage, CounterId counter, const Span& span, std::int64_t minor,
         std::uint32_t count);

// Takes from the tally that begins at `begins_at`, if it is still there; not below zero.
void give_back(Usage& usage, CounterId counter, Timestamp begins_at, std::int64_t minor,
               std::uint32_t count);

}  // namespace authd::core
