// Program: one card program of the issuer at one processor, and its policies.
//
// Comes from the configuration. The daemon records what it read as a command, so that a decision is
// replayed under the policy that it was made under.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/filter.h"
#include "core/identifiers.h"
#include "core/kyc.h"
#include "core/time.h"

namespace authd::core {

// Hold more than is asked for where the final amount is known later: tips, automated fuel.
struct ExtraHold {
  std::vector<MccRange> mccs;
  std::int32_t basis_points = 0;  // of the amount, rounded up to a minor unit
  std::int64_t fixed_minor = 0;   // and this much, in the currency of the account
  friend bool operator==(const ExtraHold&, const ExtraHold&) = default;
};

// How long an authorization holds money unless it is cleared or reversed.
struct HoldPeriod {
  std::vector<MccRange> mccs;
  std::int32_t days = 7;  // of 24 hours
  friend bool operator==(const HoldPeriod&, const HoldPeriod&) = default;
};

struct ExposureLimit {
  Currency currency;
  std::int64_t minor_units = 0;
  friend bool operator==(const ExposureLimit&, const ExposureLimit&) = default;
};

struct Program {
  static constexpr std::int32_t hold_days_max = 400;
  static constexpr std::size_t policies_max = 32;  // of each list below
  static constexpr std::size_t ranges_max = 64;    // of one list of MCCs
  static constexpr std::int32_t basis_points_max = 100'000;

  ProgramId id;
  ZoneName zone = *ZoneName::from("UTC");  // in which its days begin and end
  bool partial_approval = false;           // approve what is there when the request allows it
  KycPolicy kyc = KycPolicy::ignored;      // whose cards may be used
  std::int32_t hold_days = 7;
  std::vector<HoldPeriod> hold_periods;  // by MCC; the first that matches replaces hold_days
  std::vector<ExtraHold> extra_holds;    // the first that matches applies
  std::vector<ExposureLimit> exposure_limits;
  std::optional<std::int64_t> mirror_age_max_us;

  friend bool operator==(const Program&, const Program&) = default;
};

}  // namespace authd::core
