// Story: all that becomes of one authorization, on our side and in the supplier's file.
//
// Most are approved, cleared once and stated once. Without any fault there are others, which must
// not be found to be wrong:
//
//   in_part      less was approved than was asked for
//   less         less was cleared than was held, for good
//   split        several clearings, the last one final; a line each
//   refunded     cleared, and some of it comes back: a negative line
//   reversed     never cleared, nor to be; likewise `declined`, by the processor
//   awaited      not cleared yet, and not overdue at the end of the period
//   two_lines    one clearing in two lines of other references
//   one_line     two clearings in one line of another reference
//   renamed      a line that names neither clearing nor authorization: card, amount and time tell
//   net          the line is the clearing less the fee

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/recon_data/fault.h"
#include "bench/recon_data/world.h"
#include "core/apply.h"
#include "core/rows.h"

namespace authd::bench {

enum class Course : std::uint8_t {
  ordinary,
  in_part,
  less,
  split,
  refunded,
  reversed,
  declined,
  awaited,
  two_lines,
  one_line,
  renamed,
  net,
  unasked,  // of faults alone, and so are the next two
  over_captured,
  expired,
};

// A line of the file.
struct Line {
  core::MessageId reference;
  core::MessageId preceding;  // the authorization's key; may be empty
  bool is_refund = false;
  core::Timestamp at;
  core::Money amount;  // negative of a refund
  std::optional<std::int64_t> fee_minor;
  std::string_view status = "CLEARED";
};

// An event of the ledger, and what the file says of it.
struct Told {
  Slot slot = Slot::cleared;
  core::EventKind kind = core::EventKind::cleared;
  core::MessageId notice;
  std::int64_t amount_minor = 0;
  bool final = false;
  core::Booking booking;
  std::vector<Line> lines;
};

struct Story {
  std::uint64_t index = 0;
  std::optional<Fault> fault;
  Course course = Course::ordinary;
  Holder holder;
  std::uint64_t merchant = 0;
  bool was_asked = true;  // there is a request
  std::int64_t requested_minor = 0;
  core::Authorization row;     // as it ended
  core::Timestamp changed_at;  // last
  std::vector<Told> told;      // in the order of the slots; a fault is in the first
};

// The fee of the supplier's schedule: 1.20 % of a purchase, rounded half up, and 5 minor units.
constexpr std::int64_t fee_of(std::int64_t amount_minor) noexcept {
  return (amount_minor * 120 + 5'000) / 10'000 + 5;
}

Story story_of(const World& world, const Faults& faults, std::uint64_t index);

}  // namespace authd::bench
