// Compute: what a batch of ledger entries changes in what members have earned.
//
// A pure function of what was read, so that every rule is tested without PostgreSQL and a batch
// that is repeated writes the same. Entries come by ascending seq; where the batches begin and end
// makes no difference: caps, origins and cases carry on from what earlier batches have written.
//
//   source     is a row whatever it earns, and earns by the terms that were in force when it was
//              booked: shares, then caps by level, then the case that it waits for
//   give-back  refunds, chargebacks and their reversals change what an origin was given back in
//              all. Its sources bear that from the oldest on, and each level of a source keeps
//              the part that was not given back
//
// Errors: an amount that int64 cannot hold, with the entry it came up at.

#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "authd/referral/earnings/shares.h"
#include "core/result.h"
#include "core/time.h"

namespace authd::referral {

// From a member to who invited him.
struct Link {
  std::int64_t earner = 0;  // 0: nobody invited him, and what follows means nothing
  bool is_earner_active = false;
  core::Timestamp made_at;
  bool is_void = false;
  std::int64_t case_id = 0;  // open, about this link; 0: none
};

// An entry of an account whose holder was invited before it, in the program's currency.
struct Entry {
  std::int64_t seq = 0;
  core::Timestamp booked_at;
  core::LocalDay day;    // that it was booked on, in the program's time zone
  core::LocalDay month;  // the first one of that month
  std::int64_t spender = 0;
  std::string program;
  std::optional<std::int64_t> review_day;  // of the program
  std::optional<SourceKind> source;        // none: it gives back
  std::int64_t amount = 0;                 // of a source above 0; given back, below 0: taken again
  std::int64_t origin = 0;                 // the authorization, otherwise seq
  std::array<Link, level_max> links;       // of the spender, of who invited him, and so on
};

struct Terms {
  std::int64_t id = 0;
  core::Timestamp starts_at;
  std::optional<core::Timestamp> ends_at;
  std::int64_t minimum = 0;
  std::optional<std::int64_t> cap_source;
  std::optional<std::int64_t> cap_day;
  std::optional<std::int64_t> cap_month;
  std::map<SourceKind, LevelRates> rates;
};

struct Pause {
  core::Timestamp paused_at;
  std::optional<core::Timestamp> resumed_at;
};

struct Rules {
  std::vector<Terms> terms;  // the highest version first
  std::vector<Pause> pauses;
};

// A level's earnings from a source.
struct LevelState {
  std::int64_t earner = 0;  // 0: it has none
  std::int64_t terms = 0;
  std::int64_t earned = 0;
  std::int64_t net = 0;  // after reversals and restorations
  bool is_voided = false;
};

struct SourceState {
  std::int64_t seq = 0;
  std::int64_t spender = 0;
  std::int64_t amount = 0;
  std::int64_t reversed = 0;
  std::array<LevelState, level_max> levels;
};

struct OriginState {
  std::int64_t given_back = 0;
  std::vector<SourceState> sources;  // by seq
};

enum class Span : std::int16_t { day = 1, month = 2 };
using PeriodKey = std::tuple<std::int64_t, Span, core::LocalDay>;  // earner, its first day
using DayKey = std::pair<std::int64_t, core::LocalDay>;            // earner

struct DayCase {
  std::int64_t id = 0;  // below 0: -n is the n-th of Changes::cases
  CaseState state = CaseState::open;
};

struct Facts {
  std::vector<Entry> entries;
  std::map<std::string, Rules> rules;           // by program
  std::map<PeriodKey, std::int64_t> granted;    // of the earners of sources; missing: nothing
  std::map<DayKey, DayCase> day_cases;          // likewise
  std::map<std::int64_t, OriginState> origins;  // of the entries; the levels of those given back
};

struct NewSource {
  std::int64_t seq = 0;
  std::int64_t origin = 0;
  std::int64_t spender = 0;
  std::int64_t amount = 0;
  std::int64_t reversed = 0;
  core::Timestamp booked_at;
  std::int64_t terms = 0;
  SourceKind kind = SourceKind::purchase;
};

struct NewCase {
  std::string program;
  std::int64_t earner = 0;
  core::LocalDay day;
  std::int64_t limit = 0;
};

struct Earning {
  std::int64_t earner = 0;
  std::int64_t spender = 0;
  std::int64_t source = 0;
  std::int64_t entry = 0;
  std::int64_t amount = 0;
  core::Timestamp at;
  std::int64_t terms = 0;
  std::int16_t level = 0;
  EarningKind kind = EarningKind::earned;
  std::int64_t case_id = 0;  // of kind `earned`; as DayCase::id
};

struct Changes {
  std::vector<NewSource> sources;
  std::map<std::int64_t, std::int64_t> reversed;    // by seq, of older sources: the new value
  std::map<std::int64_t, std::int64_t> given_back;  // by origin, likewise
  std::vector<NewCase> cases;
  std::vector<Earning> earned;
  std::vector<Earning> corrected;  // reversed and restored: of these and of older ones
};

struct Overflow {
  std::int64_t seq = 0;
};

core::Result<Changes, Overflow> compute(Facts facts);

}  // namespace authd::referral
