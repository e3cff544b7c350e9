#include "core/apply.h"

#include "core/apply_parts.h"
#include "core/due.h"

namespace authd::core {

namespace {

struct ApplyOne {
  const State& state;
  const Moment& moment;
  Applied& applied;

  Result<void, StateFault> operator()(const Request& request) const {
    return apply_request(state, request, moment, applied);
  }
  Result<void, StateFault> operator()(const Event& event) const {
    return apply_event(state, event, moment, applied);
  }
  Result<void, StateFault> operator()(ExpireNext) const {
    return expire_next(state, moment, applied);
  }
  Result<void, StateFault> operator()(const Abandon& abandon) const {
    return apply_abandon(state, abandon, moment, applied);
  }
  Result<void, StateFault> operator()(const MoveMoney& move) const {
    return apply_transfer(state, move, moment, applied);
  }
  Result<void, StateFault> operator()(const AdvanceTransfer& advancing) const {
    return apply_transfer(state, advancing, moment, applied);
  }
  template <class SetUp>
  Result<void, StateFault> operator()(const SetUp& command) const {
    AUTHD_TRY(setup, set_up(state, command, moment, applied.rows));
    applied.outcome = setup;
    return {};
  }
};

}  // namespace

std::string_view name(Setup setup) noexcept {
  switch (setup) {
    case Setup::done: return "done";
    case Setup::unchanged: return "unchanged";
    case Setup::exists: return "exists";
    case Setup::account_unknown: return "account_unknown";
    case Setup::card_unknown: return "card_unknown";
    case Setup::control_unknown: return "control_unknown";
    case Setup::zone_unknown: return "zone_unknown";
    case Setup::too_many: return "too_many";
    case Setup::invalid: return "invalid";
  }
  return "unknown";
}

bool is_refusal(Setup setup) noexcept {
  switch (setup) {
    case Setup::done:
    case Setup::unchanged:
    case Setup::exists:
    case Setup::control_unknown: return false;
    case Setup::account_unknown:
    case Setup::card_unknown:
    case Setup::zone_unknown:
    case Setup::too_many:
    case Setup::invalid: break;
  }
  return true;
}

void Applied::clear() noexcept {
  outcome = {};
  explanation.decided_by.reset();
  explanation.before = {};
  explanation.extra_hold_minor = 0;
  explanation.findings.clear();
  rows.clear();
}

Result<void, StateFault> apply(const State& state, const Command& command, const Moment& moment,
                               Applied& applied) {
  applied.clear();
  return std::visit(ApplyOne{state, moment, applied}, command);
}

}  // namespace authd::core
