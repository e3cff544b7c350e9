// Explanation: why a decision came out as it did, with the figures that it was taken on.
//
// Recorded in the journal beside the answer; never read back by a decision.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/control.h"
#include "core/decision.h"

namespace authd::core {

// The kinds of Check, numbered as alternatives of the variant + 1.
enum class CheckKind : std::uint8_t {
  limit = 1,
  deny = 2,
  allow = 3,
  hours = 4,
  require = 5,
  single_use = 6,
  merchant_lock = 7,
};
inline constexpr CheckKind check_kind_last = CheckKind::merchant_lock;
CheckKind kind_of(const Check& check) noexcept;
std::string_view name(CheckKind kind) noexcept;  // "single_use"

// One control that applied. Of a Limit or SingleUse: the figures; otherwise zero.
struct Finding {
  Level level = Level::program;  // whom it is attached to
  ControlId control;
  std::uint32_t version = 0;
  Mode mode = Mode::enforce;
  CheckKind check = CheckKind::deny;
  bool passed = true;
  std::int64_t limit = 0;  // minor units or authorizations
  std::int64_t used = 0;   // before the request
  std::int64_t asked = 0;  // by the request
  Timestamp resets_at;     // see Span

  // What would be left after the request; negative when it goes beyond the limit.
  std::int64_t left() const noexcept;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// Findings stand in the order of evaluation: all that were evaluated.
struct Explanation {
  static constexpr std::size_t findings_max = 3 * ControlSet::controls_max;

  std::optional<std::uint8_t> decided_by;  // index of the finding that declined
  Balance before;                          // the balance that the decision saw
  std::int64_t extra_hold_minor = 0;       // held beyond the approved amount
  std::vector<Finding> findings;

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

}  // namespace authd::core
