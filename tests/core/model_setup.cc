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
    if (!fits(account, account.posted_minor, 0, 0)) return Setup::invalid;
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
  Account terms;
  terms.id = change.account;
  terms.status = change.status;
  terms.overdraft_minor = change.overdraft_minor;
  terms.minimum_minor = change.minimum_minor;
  terms.kyc = change.kyc;
  return accounts_.count(change.account) == 0 ? Setup::account_unknown : take_terms(terms);
}

// What may be changed about an account that is known.
Setup Model::take_terms(const Account& from) {
  if (!in_bounds(from.overdraft_minor, from.minimum_minor)) return Setup::invalid;
  Account& account = accounts_.at(from.id);
  const Account before = account;
  const Totals sums = totals(from.id);
  if (!fits(from, sums.posted_minor, sums.held_minor, sums.pending_credit_minor)) {
    return Setup::invalid;
  }
  account.status = from.status;
  account.overdraft_minor = from.overdraft_minor;
  account.minimum_minor = from.minimum_minor;
  account.kyc = from.kyc;
  return account == before ? Setup::unchanged : Setup::done;
}

Setup Model::set_up(const MirrorAccount& mirror) {
  const Account& account = mirror.account;
  const bool bare = account.held_minor == 0 && account.pending_credit_minor == 0 &&
                    !account.has_controls && account.currency.numeric() != 0;
  if (!bare || account.id.value < 1) return Setup::invalid;
  const auto known = accounts_.find(account.id);
  if (known == accounts_.end()) return set_up(OpenAccount{account});
  return known->second.currency == account.currency ? take_terms(account) : Setup::exists;
}

Setup Model::set_up(const MirrorCard& mirror) {
  const Card& card = mirror.card;
  if (card.has_controls || !card.locked_to.empty()) return Setup::invalid;
  const auto known = cards_.find({card.program, card.token});
  if (known == cards_.end()) return set_up(IssueCard{card});
  if (known->second.account != card.account) return Setup::exists;
  return set_up(
      ChangeCard{card.program, card.token, card.status, card.active_from, card.expires_at});
}

Setup Model::set_up(const MirrorMark& mark) {
  if (mark_ == mark) return Setup::unchanged;
  mark_ = mark;
  return Setup::done;
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
  if (const auto reason = unfit(set.owner, wanted)) return *reason;
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

// Whether the owner cannot have the control, and why.
std::optional<Setup> Model::unfit(const Owner& owner, const Control& control) const {
  if (!valid(control) || too_wide(owner, control.check) || of_no_zone(owner, control.check)) {
    return Setup::invalid;
  }
  if (const auto reason = unknown(owner)) return reason;
  const auto* limit = std::get_if<Limit>(&control.check);
  if (limit != nullptr && !limit->window.zone.empty() && zones_.count(limit->window.zone) == 0) {
    return Setup::zone_unknown;
  }
  return std::nullopt;
}

Setup Model::set_up(const MirrorControl& mirror) {
  const Control& wanted = mirror.control;
  if (has_counter(wanted.check) != (wanted.counter.value != 0)) return Setup::invalid;
  if (const auto reason = unfit(mirror.owner, wanted)) return *reason;
  std::vector<Control>& controls = controls_[mirror.owner.of];
  const auto place = std::find_if(controls.begin(), controls.end(),
                                  [&](const Control& control) { return control.id >= wanted.id; });
  if (place != controls.end() && *place == wanted) return Setup::unchanged;
  if (place != controls.end() && place->id == wanted.id) {
    *place = wanted;
  } else if (controls.size() < ControlSet::controls_max) {
    controls.insert(place, wanted);
  } else {
    return Setup::too_many;
  }
  return Setup::done;
}

Setup Model::set_up(const RemoveControl& removal) { return remove(removal.owner, removal.control); }

Setup Model::remove(const Owner& owner, ControlId id) {
  std::vector<Control>& controls = controls_[owner.of];
  const auto place = std::find_if(controls.begin(), controls.end(),
                                  [id](const Control& control) { return control.id == id; });
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
