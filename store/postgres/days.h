// day_pieces: local days as intervals of time, for asking PostgreSQL which day a decision fell
// into.

#pragma once

#include <vector>

#include "core/time.h"

namespace authd::store {

// From `from` up to but not including `to` the local day is `day`.
struct DayPiece {
  core::Timestamp from;
  core::Timestamp to;
  core::LocalDay day;
  friend bool operator==(const DayPiece&, const DayPiece&) = default;
};

// The pieces that make up [from, to), ascending. Usually one a day; a clock that is set back across
// midnight gives a day several.
std::vector<DayPiece> day_pieces(const core::TimeZone& zone, core::Timestamp from,
                                 core::Timestamp to);

}  // namespace authd::store
