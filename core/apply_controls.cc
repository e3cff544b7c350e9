#include <algorithm>

#include "core/apply_parts.h"

namespace authd::core {

namespace {

// The controls of an owner, and where among them the one with an id is or would be.
struct Place {
  ControlSet set;
  std::size_t index = 0;
  bool is_taken = false;

  Control& control() { return set.controls[index]; }
  bool is_full() const { return !is_taken && set.controls.size() >= ControlSet::controls_max; }
};

Result<Place, StateFault> place_of(const State& state, const Owner& owner, ControlId id) {
  AUTHD_TRY(stored, state.controls(owner));
  Place place;
  place.set = stored != nullptr ? *stored : ControlSet{owner, {}};
  const std::vector<Control>& controls = place.set.controls;
  const auto at = std::lower_bound(
      controls.begin(), controls.end(), id,
      [](const Control& control, ControlId wanted) { return control.id < wanted; });
  place.index = static_cast<std::size_t>(at - controls.begin());
  place.is_taken = at != controls.end() && at->id == id;
  return place;
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

// Whether the owner may have such a control: done, or why not.
Setup admit(const State& state, const Owner& owner, const Control& control) {
  if (!valid(control)) return Setup::invalid;
  const auto* const limit = std::get_if<Limit>(&control.check);
  if (limit == nullptr) return Setup::done;
  const Window& window = limit->window;
  if (limit->counts < owner.level() || is_of_no_zone(owner, window)) return Setup::invalid;
  const bool zone_unknown = !window.zone.empty() && state.zone(window.zone) == nullptr;
  return zone_unknown ? Setup::zone_unknown : Setup::done;
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

Result<Setup, StateFault> put(const State& state, Place& place, Control control,
                              std::vector<Row>& rows) {
  AUTHD_TRY(claimed, claim_controls(state, place.set.owner, rows));
  if (claimed != Setup::done) return claimed;
  if (place.is_taken) {
    place.control() = std::move(control);
  } else {
    std::vector<Control>& controls = place.set.controls;
    controls.insert(controls.begin() + static_cast<std::ptrdiff_t>(place.index),
                    std::move(control));
  }
  rows.emplace_back(std::move(place.set));
  return Setup::done;
}

Result<Setup, StateFault> remove(const State& state, const Owner& owner, ControlId id,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(place, place_of(state, owner, id));
  if (!place.is_taken) return Setup::control_unknown;
  std::vector<Control>& controls = place.set.controls;
  controls.erase(controls.begin() + static_cast<std::ptrdiff_t>(place.index));
  rows.emplace_back(std::move(place.set));
  return Setup::done;
}

}  // namespace

Result<Setup, StateFault> set_up(const State& state, const SetControl& set, const Moment& moment,
                                 std::vector<Row>& rows) {
  const Setup admitted = admit(state, set.owner, set.control);
  if (admitted != Setup::done) return admitted;
  AUTHD_TRY(place, place_of(state, set.owner, set.control.id));
  if (place.is_full()) return Setup::too_many;

  Control control = set.control;
  control.version = place.is_taken ? place.control().version : 1;
  control.counter = {};
  if (counts(control.check)) {
    const bool keeps = place.is_taken && counts_alike(place.control().check, control.check);
    control.counter = keeps ? place.control().counter : CounterId{moment.sequence.value};
  }
  if (place.is_taken && place.control() == control) return Setup::unchanged;
  if (place.is_taken) ++control.version;
  return put(state, place, std::move(control), rows);
}

Result<Setup, StateFault> set_up(const State& state, const MirrorControl& mirror, const Moment&,
                                 std::vector<Row>& rows) {
  const Control& control = mirror.control;
  const bool has_counter = control.counter != CounterId{};
  if (has_counter != counts(control.check)) return Setup::invalid;
  const Setup admitted = admit(state, mirror.owner, control);
  if (admitted != Setup::done) return admitted;
  AUTHD_TRY(place, place_of(state, mirror.owner, control.id));
  if (place.is_full()) return Setup::too_many;
  if (place.is_taken && place.control() == control) return Setup::unchanged;
  return put(state, place, control, rows);
}

Result<Setup, StateFault> set_up(const State& state, const RemoveControl& removal, const Moment&,
                                 std::vector<Row>& rows) {
  return remove(state, removal.owner, removal.control, rows);
}

Result<Setup, StateFault> set_up(const State& state, const MirrorRemoval& removal, const Moment&,
                                 std::vector<Row>& rows) {
  return remove(state, removal.owner, removal.control, rows);
}

}  // namespace authd::core
