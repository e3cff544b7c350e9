// The model's accounts, cards, controls, programs and zones.

#include <algorithm>

#include "tests/core/model.h"

namespace authd::core::test {
namespace {

bool in_bounds(std::int64_t overdraft_minor, std::int64_t minimum_minor) {
  return overdraft_minor >= 0 && minimum_minor >= 0;
}

// Nothing: what they count is not told apart by these two.
struct Measured {
  CheckKind kind = CheckKind::deny;
  Limit::Measure measure = Limit::Measure::amount;
  Window window;
  Level counts = Level::card;
  friend bool operator==(const Measured&, const Measured&) = default;
};

Measured measured(const Check& check) {
  Measured result;
  result.kind = kind_of(check);
  if (const auto* limit = std::get_if<Limit>(&check)) {
    result.measure = limit->measure;
    result.window = limit->window;
    result.counts = limit->counts;
  }
  return result;
}

bool has_counter(const Check& check) {
  const auto* limit = std::get_if<Limit>(&check);
  return std::holds_alternative<SingleUse>(check) ||
         (limit != nullptr && limit->window.period != Period::transaction);
}

bool too_wide(const Owner& owner, const Check& check) {
  const auto* limit = std::get_if<Limit>(&check);
  return limit != nullptr && limit->counts < owner.level();
}

// The cards of an account may be in different zones.
bool of_no_zone(const Owner& owner, const Check& check) {
  const auto* limit = std::get_if<Limit>(&check);
  if (limit == nullptr || owner.level() != Level::account) return false;
  const Period period = limit->window.period;
  return limit->window.zone.empty() && (period == Period::day || period == Period::week ||
                                        period == Period::month || period == Period::year);
}

}  // namespace

Setup Model::set_up(const OpenAccount& open) {
  const Account& account = open.account;
  const auto known = accounts_.find(account.id);
  if (account.id.value < 1 || !in_bounds(account.overdraft_minor, account.minimum_minor)) {
    return Setup::invalid;
  }
  if (known == accounts_.end()) {
    accounts_[account.id] = account;
    return Setup::done;
  }
  Account now = known->second;
  const Totals sums = totals(account.id);
  now.posted_minor = sums.posted_minor;
  now.held_minor = sums.held_minor;
  now.pending_credit_minor = sums.pending_credit_minor;
  now.has_controls = account.has_controls;
  return now == account ? Setup::unchanged : Setup::exists;
}

Setup Model::set_up(const IssueCard& issue) {
  const Card& card = issue.card;
  if (accounts_.count(card.account) == 0) return Setup::account_unknown;
  const auto known = cards_.find({card.program, card.token});
  if (known == cards_.end()) {
    cards_[{card.program, card.token}] = card;
    return Setup::done;
  }
  Card now = known->second;
  now.has_controls = card.has_controls;
  return now == card ? Setup::unchanged : Setup::exists;
}

Setup Model::set_up(const ChangeAccount& change) {
  if (!in_bounds(change.overdraft_minor, change.minimum_minor)) return Setup::invalid;
  const auto known = accounts_.find(change.account);
  if (known == accounts_.end()) return Setup::account_unknown;
  const Account before = known->second;
  known->second.status = change.status;
  known->second.overdraft_minor = change.overdraft_minor;
  known->second.minimum_minor = change.minimum_minor;
  return known->second == before ? Setup::unchanged : Setup::done;
}

Setup Model::set_up(const ChangeCard& change) {
  const auto known = cards_.find({change.program, change.card});
  if (known == cards_.end()) return Setup::card_unknown;
  const Card before = known->second;
  known->second.status = change.status;
  known->second.active_from = change.active_from;
  known->second.expires_at = change.expires_at;
  return known->second == before ? Setup::unchanged : Setup::done;
}

Setup Model::set_up(const SetControl& set, Sequence sequence) {
  const Control& wanted = set.control;
  if (!valid(wanted) || too_wide(set.owner, wanted.check) || of_no_zone(set.owner, wanted.check)) {
    return Setup::invalid;
  }
  if (const auto reason = unknown(set.owner)) return *reason;
  const auto* limit = std::get_if<Limit>(&wanted.check);
  if (limit != nullptr && !limit->window.zone.empty() && zones_.count(limit->window.zone) == 0) {
    return Setup::zone_unknown;
  }
  std::vector<Control>& controls = controls_[set.owner.of];
  const CounterId fresh = has_counter(wanted.check) ? CounterId{sequence.value} : CounterId{};
  const auto place = std::find_if(controls.begin(), controls.end(),
                                  [&](const Control& control) { return control.id >= wanted.id; });
  if (place == controls.end() || place->id != wanted.id) {
    if (controls.size() >= ControlSet::controls_max) return Setup::too_many;
    Control created = wanted;
    created.version = 1;
    created.counter = fresh;
    controls.insert(place, created);
    return Setup::done;
  }
  if (place->mode == wanted.mode && place->filter == wanted.filter &&
      place->check == wanted.check) {
    return Setup::unchanged;
  }
  const bool keeps = measured(place->check) == measured(wanted.check);
  const CounterId counter = keeps ? place->counter : fresh;
  const std::uint32_t version = place->version + 1;
  *place = wanted;
  place->version = version;
  place->counter = counter;
  return Setup::done;
}

Setup Model::set_up(const RemoveControl& remove) {
  std::vector<Control>& controls = controls_[remove.owner.of];
  const auto place = std::find_if(controls.begin(), controls.end(), [&](const Control& control) {
    return control.id == remove.control;
  });
  if (place == controls.end()) return Setup::control_unknown;
  controls.erase(place);
  return Setup::done;
}

Setup Model::set_up(const ConfigureProgram& configure) {
  const Program& program = configure.program;
  if (!valid(program)) return Setup::invalid;
  if (zones_.count(program.zone) == 0) return Setup::zone_unknown;
  const auto known = programs_.find(program.id);
  if (known != programs_.end() && known->second == program) return Setup::unchanged;
  programs_[program.id] = program;
  return Setup::done;
}

Setup Model::set_up(const DefineZone& define) {
  if (!valid(define.zone)) return Setup::invalid;
  const auto known = zones_.find(define.zone.name);
  if (known != zones_.end() && known->second == define.zone) return Setup::unchanged;
  zones_[define.zone.name] = define.zone;
  return Setup::done;
}

std::optional<Setup> Model::unknown(const Owner& owner) const {
  if (const auto* account = std::get_if<AccountId>(&owner.of)) {
    if (accounts_.count(*account) == 0) return Setup::account_unknown;
  } else if (const auto* card = std::get_if<Owner::CardOwner>(&owner.of)) {
    if (cards_.count({card->program, card->card}) == 0) return Setup::card_unknown;
  }
  return std::nullopt;
}

}  // namespace authd::core::test
