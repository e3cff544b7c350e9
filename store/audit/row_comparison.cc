#include "store/audit/row_comparison.h"

#include <algorithm>

namespace authd::store {

namespace {

using Kind = RowFinding::Kind;

// What a bootstrap leaves out when it ended before its retention.
bool may_have_ended(RowKind kind) noexcept {
  return kind == RowKind::authorization || kind == RowKind::message || kind == RowKind::notice ||
         kind == RowKind::transfer;
}

// What PostgreSQL owns.
bool is_owned(RowKind kind) noexcept {
  return kind == RowKind::account || kind == RowKind::card || kind == RowKind::controls;
}

void take_owned(core::Account& to, const core::Account& from) noexcept {
  to.currency = from.currency;
  to.status = from.status;
  to.overdraft_minor = from.overdraft_minor;
  to.minimum_minor = from.minimum_minor;
  to.kyc = from.kyc;
}

void take_balances(core::Account& to, const core::Account& from) noexcept {
  to.posted_minor = from.posted_minor;
  to.held_minor = from.held_minor;
  to.pending_credit_minor = from.pending_credit_minor;
}

// What the state had last of the row, or, if there was one, the value that is the ledger's.
template <class RowType, class Same>
const RowType& nearest(const std::vector<RowType>& values, Same same) {
  const auto equal = std::find_if(values.begin(), values.end(), same);
  return equal == values.end() ? values.back() : *equal;
}

}  // namespace

RowComparison::RowComparison(const StateCopy& copy, const Cut& cut, const ArchiveReach& reach,
                             Options options, AuditReport& report)
    : copy_(copy.rows()),
      drained_(copy.rows(), cut.drained()),
      cut_(cut),
      reach_(reach),
      options_(options),
      report_(report) {}

template <class RowType>
std::optional<RowType> RowComparison::read_row(
    std::string_view key, const core::Result<std::optional<Bytes>, SnapshotError>& value) {
  if (!value) {
    if (read_) read_ = core::Unexpected{value.error()};
    return std::nullopt;
  }
  if (!*value) return std::nullopt;
  RowType row;
  if (decode_row(key, **value, row)) return row;
  is_unreadable_ = true;
  return std::nullopt;
}

template <class RowType>
std::optional<RowType> RowComparison::find(std::string_view key) {
  is_unreadable_ = false;
  return read_row<RowType>(key, drained_.find(key));
}

template <class RowType>
RowComparison::Owned<RowType> RowComparison::owned(std::string_view key) {
  is_unreadable_ = false;
  Owned<RowType> owned;
  if (auto row = read_row<RowType>(key, copy_.get(key))) {
    owned.values.push_back(std::move(*row));
  } else {
    owned.began_absent = !is_unreadable_;
  }
  const auto versions = cut_.versions().find(key);
  if (versions == cut_.versions().end()) return owned;
  for (const auto& version : versions->second) {
    auto row = read_row<RowType>(key, std::optional<Bytes>(version));
    if (row) owned.values.push_back(std::move(*row));
  }
  return owned;
}

void RowComparison::found(Kind kind, std::string_view key, std::optional<core::Row> state,
                          std::optional<core::Row> ledger) {
  report_.differences += 1;
  report_.rows_differing[static_cast<std::size_t>(kind_of_key(key))] += 1;
  if (report_.rows.size() >= options_.findings_max) return;
  report_.rows.push_back({kind, std::string(key), std::move(state), std::move(ledger)});
}

void RowComparison::ledger_has(const core::Row& row) {
  const RowKey key = key_of(row);
  report_.compared[static_cast<std::size_t>(kind_of_key(key.view()))] += 1;
  if (!visited_.insert(hash_of_key(key.view())).second) {
    return found(Kind::twice, key.view(), std::nullopt, row);
  }
  std::visit([&](const auto& ledger) { compare(key.view(), ledger); }, row);
}

template <class RowType>
void RowComparison::compare(std::string_view key, const RowType& ledger) {
  const auto state = find<RowType>(key);
  if (state == ledger) return;
  if (is_unreadable_) return found(Kind::unreadable, key, std::nullopt, ledger);
  if (cut_.is_unsettled(key)) {
    report_.unsettled += 1;
  } else if (state) {
    if (is_archived(*state)) {  // only what followed it is left
      report_.archived += 1;
    } else {
      found(Kind::different, key, *state, ledger);
    }
  } else if (may_have_ended(kind_of_key(key))) {
    missing_.insert(hash_of_key(key));
  } else {
    found(Kind::state_lacks, key, std::nullopt, ledger);
  }
}

void RowComparison::compare(std::string_view key, const core::Account& ledger) {
  const auto at_mark = find<core::Account>(key);
  const bool is_unreadable = is_unreadable_;
  const auto had = owned<core::Account>(key);
  if (is_unreadable || is_unreadable_) return found(Kind::unreadable, key, std::nullopt, ledger);
  if (had.values.empty()) return found(Kind::state_lacks, key, std::nullopt, ledger);
  core::Account state = at_mark ? *at_mark : ledger;  // opened since: its balance is yet to come
  const auto same = [&ledger](core::Account value) {
    take_balances(value, ledger);
    value.has_controls = ledger.has_controls;
    return value == ledger;
  };
  take_owned(state, options_.with_mirrored ? nearest(had.values, same) : ledger);
  state.has_controls = ledger.has_controls;  // compared with its controls
  if (state == ledger) return;
  if (cut_.is_unsettled(key)) {
    report_.unsettled += 1;
  } else {
    found(Kind::different, key, state, ledger);
  }
}

void RowComparison::compare(std::string_view key, const core::Card& ledger) {
  const auto at_mark = find<core::Card>(key);
  const bool is_unreadable = is_unreadable_;
  const auto had = owned<core::Card>(key);
  if (is_unreadable || is_unreadable_) return found(Kind::unreadable, key, std::nullopt, ledger);
  if (had.values.empty()) return found(Kind::state_lacks, key, std::nullopt, ledger);
  const auto same = [&ledger](core::Card value) {
    value.locked_to = ledger.locked_to;
    value.has_controls = ledger.has_controls;
    return value == ledger;
  };
  core::Card state = options_.with_mirrored ? nearest(had.values, same) : ledger;
  state.has_controls = ledger.has_controls;
  state.locked_to = at_mark ? at_mark->locked_to : decltype(state.locked_to){};
  if (state == ledger) return;
  if (cut_.is_unsettled(key)) {
    report_.unsettled += 1;
  } else {
    found(Kind::different, key, state, ledger);
  }
}

void RowComparison::compare(std::string_view key, const core::ControlSet& ledger) {
  if (!options_.with_mirrored) return;
  auto had = owned<core::ControlSet>(key);
  if (is_unreadable_) return found(Kind::unreadable, key, std::nullopt, ledger);
  if (had.began_absent) had.values.insert(had.values.begin(), core::ControlSet{ledger.owner, {}});
  const core::ControlSet& state =
      nearest(had.values, [&ledger](const core::ControlSet& value) { return value == ledger; });
  if (state != ledger) return found(Kind::different, key, state, ledger);
  if (!had.values.back().controls.empty()) compare_owner(state);
}

// An account or a card with controls has to know that it has: a decision looks for them only then.
void RowComparison::compare_owner(const core::ControlSet& set) {
  if (const auto* const account = std::get_if<core::AccountId>(&set.owner.of)) {
    expect_controls<core::Account>(account_key(*account));
  } else if (const auto* const card = std::get_if<core::Owner::CardOwner>(&set.owner.of)) {
    expect_controls<core::Card>(card_key(card->program, card->card));
  }
}

template <class RowType>
void RowComparison::expect_controls(const RowKey& key) {
  const auto had = owned<RowType>(key.view());
  if (had.values.empty() || had.values.back().has_controls) return;
  RowType knowing = had.values.back();
  knowing.has_controls = true;
  found(Kind::different, key.view(), had.values.back(), knowing);
}

void RowComparison::ledger_has_lately(const core::Row& row) {
  const RowKey key = key_of(row);
  if (missing_.erase(hash_of_key(key.view())) == 0) return;
  found(Kind::state_lacks, key.view(), std::nullopt, row);
}

void RowComparison::ledger_has_credit(const core::Transfer& credit) {
  const RowKey key = transfer_key(credit.program, credit.id);
  if (cut_.has_transfer(key.view()) || find<core::Transfer>(key.view())) return;
  found(is_unreadable_ ? Kind::unreadable : Kind::state_lacks, key.view(), std::nullopt, credit);
}

void RowComparison::finish() {
  report_.ended = missing_.size();
  const auto look = [this](std::string_view key, Bytes value) {
    if (visited_.insert(hash_of_key(key)).second) state_has_alone(key, value);
    return read_.has_value();
  };
  auto scanned = drained_.for_each(look);
  if (!scanned && read_) read_ = scanned;
  for (const auto& [key, versions] : cut_.versions()) {
    if (is_owned(kind_of_key(key))) look(key, versions.back());
  }
}

void RowComparison::state_has_alone(std::string_view key, Bytes value) {
  if (kind_of_key(key) == RowKind::mirror_mark) return;  // the state's alone
  const auto row = decode_row(key, value);
  if (!row) {
    found(Kind::unreadable, key, std::nullopt, std::nullopt);
  } else if (!may_lack(key, *row)) {
    found(Kind::ledger_lacks, key, *row, std::nullopt);
  }
}

// Whether there is a good reason for the ledger to lack it.
bool RowComparison::may_lack(std::string_view key, const core::Row& state) {
  const auto because = [](std::uint64_t& reason) {
    reason += 1;
    return true;
  };
  if (is_owned(kind_of_key(key))) {
    if (!options_.with_mirrored) return because(report_.unsettled);
    return is_removed(key, state) && because(report_.removed);
  }
  if (cut_.is_unsettled(key)) return because(report_.unsettled);
  if (std::holds_alternative<core::TimeZone>(state)) return because(report_.zones);
  return is_archived(state) && because(report_.archived);
}

// Whether the state had it so at some time since the copy, or had not got it at first.
template <class RowType, class Closed>
bool RowComparison::was(std::string_view key, Closed closed) {
  const auto had = owned<RowType>(key);
  return had.began_absent || std::any_of(had.values.begin(), had.values.end(), closed);
}

// What is deleted in PostgreSQL is closed in the state, or has no controls left.
bool RowComparison::is_removed(std::string_view key, const core::Row& state) {
  if (const auto* const account = std::get_if<core::Account>(&state)) {
    const bool is_empty = account->posted_minor == 0 && account->held_minor == 0;
    return is_empty && was<core::Account>(key, [](const core::Account& value) {
             return value.status == core::AccountStatus::closed;
           });
  }
  if (std::holds_alternative<core::Card>(state)) {
    return was<core::Card>(
        key, [](const core::Card& value) { return value.status == core::CardStatus::closed; });
  }
  return was<core::ControlSet>(
      key, [](const core::ControlSet& value) { return value.controls.empty(); });
}

bool RowComparison::is_archived(const core::Row& state) const {
  if (const auto* const message = std::get_if<core::Message>(&state)) {
    return message->decided && reach_.is_beyond("decision", message->decided_at);
  }
  const auto* const notice = std::get_if<core::Notice>(&state);
  return notice != nullptr && reach_.is_beyond("event", notice->at);
}

}  // namespace authd::store
