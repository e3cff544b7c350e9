#include <algorithm>

#include "core/apply_parts.h"

namespace authd::core {

namespace {

template <class T>
Setup put(const T& stored, const T& changed, std::vector<Row>& rows) {
  if (stored == changed) return Setup::unchanged;
  rows.emplace_back(changed);
  return Setup::done;
}

auto position(std::vector<Control>& controls, ControlId id) {
  return std::lower_bound(
      controls.begin(), controls.end(), id,
      [](const Control& control, ControlId wanted) { return control.id < wanted; });
}

bool counts(const Check& check) noexcept {
  const auto* const limit = std::get_if<Limit>(&check);
  return std::holds_alternative<SingleUse>(check) ||
         (limit != nullptr && limit->window.period != Period::transaction);
}

// Whether what was counted for `before` is what `after` counts.
bool counts_alike(const Check& before, const Check& after) noexcept {
  if (before.index() != after.index()) return false;
  const auto* const old_limit = std::get_if<Limit>(&before);
  const auto* const new_limit = std::get_if<Limit>(&after);
  if (old_limit == nullptr || new_limit == nullptr) return true;
  return old_limit->measure == new_limit->measure && old_limit->window == new_limit->window &&
         old_limit->counts == new_limit->counts;
}

// The cards of an account may belong to programs in different zones: its days
// need one of their own.
bool is_of_no_zone(const Owner& owner, const Window& window) noexcept {
  const bool calendar = window.period == Period::day || window.period == Period::week ||
                        window.period == Period::month || window.period == Period::year;
  return owner.level() == Level::account && calendar && window.zone.empty();
}

// Marks the account or card as having controls.
Result<Setup, StateFault> claim_controls(const State& state, const Owner& owner,
                                         std::vector<Row>& rows) {
  if (const auto* const id = std::get_if<AccountId>(&owner.of)) {
    AUTHD_TRY(account, state.account(*id));
    if (!account) return Setup::account_unknown;
    if (!account->has_controls) {
      account->has_controls = true;
      rows.emplace_back(*account);
    }
  } else if (const auto* const of = std::get_if<Owner::CardOwner>(&owner.of)) {
    AUTHD_TRY(card, state.card(of->program, of->card));
    if (!card) return Setup::card_unknown;
    if (!card->has_controls) {
      card->has_controls = true;
      rows.emplace_back(*card);
    }
  }
  return Setup::done;
}

}  // namespace

Result<Setup, StateFault> set_up(const State& state, const OpenAccount& open, const Moment&,
                                 std::vector<Row>& rows) {
  const Account& account = open.account;
  if (account.id.value <= 0 || account.held_minor != 0 || account.pending_credit_minor != 0 ||
      account.overdraft_minor < 0 || account.minimum_minor < 0 || account.has_controls ||
      !account.available_minor()) {
    return Setup::invalid;
  }
  AUTHD_TRY(stored, state.account(account.id));
  if (stored) return *stored == account ? Setup::unchanged : Setup::exists;
  rows.emplace_back(account);
  return Setup::done;
}

Result<Setup, StateFault> set_up(const State& state, const IssueCard& issue, const Moment&,
                                 std::vector<Row>& rows) {
  if (issue.card.has_controls || !issue.card.locked_to.empty()) return Setup::invalid;
  AUTHD_TRY(stored, state.card(issue.card.program, issue.card.token));
  if (stored) return *stored == issue.card ? Setup::unchanged : Setup::exists;
  AUTHD_TRY(account, state.account(issue.card.account));
  if (!account) return Setup::account_unknown;
  rows.emplace_back(issue.card);
  return Setup::done;
}

Result<Setup, StateFault> set_up(const State& state, const ChangeAccount& change, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.account(change.account));
  if (!stored) return Setup::account_unknown;
  Account account = *stored;
  account.status = change.status;
  account.overdraft_minor = change.overdraft_minor;
  account.minimum_minor = change.minimum_minor;
  if (change.overdraft_minor < 0 || change.minimum_minor < 0 || !account.available_minor()) {
    return Setup::invalid;
  }
  return put(*stored, account, rows);
}

Result<Setup, StateFault> set_up(const State& state, const ChangeCard& change, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.card(change.program, change.card));
  if (!stored) return Setup::card_unknown;
  Card card = *stored;
  card.status = change.status;
  card.active_from = change.active_from;
  card.expires_at = change.expires_at;
  return put(*stored, card, rows);
}

Result<Setup, StateFault> set_up(const State& state, const SetControl& set, const Moment& moment,
                                 std::vector<Row>& rows) {
  const auto* const limit = std::get_if<Limit>(&set.control.check);
  if (!valid(set.control) || (limit != nullptr && limit->counts < set.owner.level()) ||
      (limit != nullptr && is_of_no_zone(set.owner, limit->window))) {
    return Setup::invalid;
  }
  if (limit != nullptr && !limit->window.zone.empty() &&
      state.zone(limit->window.zone) == nullptr) {
    return Setup::zone_unknown;
  }
  AUTHD_TRY(stored, state.controls(set.owner));
  ControlSet changed = stored != nullptr ? *stored : ControlSet{set.owner, {}};
  const auto at = position(changed.controls, set.control.id);
  const bool edits = at != changed.controls.end() && at->id == set.control.id;
  if (!edits && changed.controls.size() >= ControlSet::controls_max) return Setup::too_many;

  Control control = set.control;
  control.version = edits ? at->version : 1;
  control.counter = {};
  if (counts(control.check)) {
    const bool keeps = edits && counts_alike(at->check, control.check);
    control.counter = keeps ? at->counter : CounterId{moment.sequence.value};
  }
  if (edits && *at == control) return Setup::unchanged;
  AUTHD_TRY(claimed, claim_controls(state, set.owner, rows));
  if (claimed != Setup::done) return claimed;
  if (edits) {
    control.version = at->version + 1;
    *at = std::move(control);
  } else {
    changed.controls.insert(at, std::move(control));
  }
  rows.emplace_back(std::move(changed));
  return Setup::done;
}

Result<Setup, StateFault> set_up(const State& state, const RemoveControl& remove, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.controls(remove.owner));
  if (stored == nullptr) return Setup::control_unknown;
  ControlSet changed = *stored;
  const auto at = position(changed.controls, remove.control);
  if (at == changed.controls.end() || at->id != remove.control) return Setup::control_unknown;
  changed.controls.erase(at);
  rows.emplace_back(std::move(changed));
  return Setup::done;
}

Result<Setup, StateFault> set_up(const State& state, const ConfigureProgram& configure,
                                 const Moment&, std::vector<Row>& rows) {
  const Program& program = configure.program;
  if (!valid(program)) return Setup::invalid;
  if (state.zone(program.zone) == nullptr) return Setup::zone_unknown;
  const Program* const stored = state.program(program.id);
  if (stored != nullptr && *stored == program) return Setup::unchanged;
  rows.emplace_back(program);
  return Setup::done;
}

Result<Setup, StateFault> set_up(const State& state, const DefineZone& define, const Moment&,
                                 std::vector<Row>& rows) {
  if (!valid(define.zone)) return Setup::invalid;
  const TimeZone* const stored = state.zone(define.zone.name);
  if (stored != nullptr && *stored == define.zone) return Setup::unchanged;
  rows.emplace_back(define.zone);
  return Setup::done;
}

}  // namespace authd::core
