// Spending: the controls that apply to one message, and the counters they count in.
//
// Made for one command: reads the control sets of program, account and card at once, usage rows
// when a limit asks for them, and hands over the usage rows that it changed.

#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/explanation.h"
#include "core/lifecycle.h"
#include "core/state.h"

namespace authd::core {

// Whose money and whose controls a message is about. Account and card are nothing when unknown.
struct Parties {
  const Program* program = nullptr;
  std::optional<Account> account;
  std::optional<Card> card;
};

class Spending {
 public:
  // `parties` has a program and outlives this.
  static Result<Spending, StateFault> load(const State& state, const Parties& parties);

  // Evaluates all controls that apply to a request under which the authorization's counted sum
  // would go from `before` to `after`; their findings go into `explanation`. The reason of the
  // first enforced control that fails, or approved. Only with account and card.
  Result<Reason, StateFault> evaluate(const Request& request, std::int64_t before,
                                      std::int64_t after, Timestamp now, Explanation& explanation);

  // Counts what the authorization's counted sum has grown by, or gives back what it has shrunk by,
  // and keeps the authorization's takes in step.
  Result<void, StateFault> count(Authorization& authorization, std::int64_t before,
                                 std::int64_t after, Kind kind, const Details& details,
                                 Timestamp now);

  // Whether a MerchantLock applies to it.
  bool locks_to_merchant(Kind kind, const Details& details) const noexcept;

  // Appends the usage rows that count() has changed.
  void changed_rows(std::vector<Row>& rows);

 private:
  // A limit that counts, with its window around a moment.
  struct Counter {
    CounterId id;
    Level counts = Level::card;
    Window window;
  };

  struct LevelUsage {
    std::optional<Usage> row;  // read when first needed
    bool changed = false;
  };

  Spending(const State& state, const Parties& parties) : state_(state), parties_(parties) {}

  template <class Visit>
  void for_each_matching(Kind kind, const Details& details, Visit visit) const;
  Owner owner(Level level) const;
  const TimeZone& zone_of(const Window& window) const noexcept;
  std::optional<Counter> counter(CounterId id) const noexcept;
  Result<Usage*, StateFault> usage(Level level);
  Result<void, StateFault> measure(Finding& finding, const Counter& counter, Limit::Measure measure,
                                   std::int64_t before, std::int64_t after, Timestamp now);
  Result<bool, StateFault> passes(const Control& control, const Request& request,
                                  std::int64_t before, std::int64_t after, Timestamp now,
                                  Finding& finding);
  Result<void, StateFault> take(Authorization& authorization, std::int64_t minor, bool first,
                                Kind kind, const Details& details, Timestamp now);
  Result<void, StateFault> give_back(Authorization& authorization, std::int64_t minor, bool all);

  static std::optional<Counter> counter_of(const Control& control) noexcept;

  const State& state_;
  const Parties& parties_;
  const TimeZone* program_zone_ = nullptr;
  std::array<const ControlSet*, 3> sets_{};  // by level; null: none
  std::array<LevelUsage, 3> usages_;
};

}  // namespace authd::core
