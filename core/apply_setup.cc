#include "core/apply_parts.h"

namespace authd::core {

namespace {

template <class T>
Setup put(const T& stored, const T& changed, std::vector<Row>& rows) {
  if (stored == changed) return Setup::unchanged;
  rows.emplace_back(changed);
  return Setup::done;
}

// What the state keeps itself has to be empty in an account or card that is new to it.
bool is_new(const Account& account) noexcept {
  return account.id.value > 0 && account.currency != Currency{} && account.held_minor == 0 &&
         account.pending_credit_minor == 0 && !account.has_controls;
}
bool is_new(const Card& card) noexcept { return !card.has_controls && card.locked_to.empty(); }

bool are_bounded(std::int64_t overdraft_minor, std::int64_t minimum_minor) noexcept {
  return overdraft_minor >= 0 && minimum_minor >= 0;
}

Setup open(const Account& account, std::vector<Row>& rows) {
  if (!are_bounded(account.overdraft_minor, account.minimum_minor) || !account.available_minor()) {
    return Setup::invalid;
  }
  rows.emplace_back(account);
  return Setup::done;
}

Setup change(const Account& stored, const ChangeAccount& to, std::vector<Row>& rows) {
  Account account = stored;
  account.status = to.status;
  account.overdraft_minor = to.overdraft_minor;
  account.minimum_minor = to.minimum_minor;
  account.kyc = to.kyc;
  if (!are_bounded(to.overdraft_minor, to.minimum_minor) || !account.available_minor()) {
    return Setup::invalid;
  }
  return put(stored, account, rows);
}

Result<Setup, StateFault> issue(const State& state, const Card& card, std::vector<Row>& rows) {
  AUTHD_TRY(account, state.account(card.account));
  if (!account) return Setup::account_unknown;
  rows.emplace_back(card);
  return Setup::done;
}

Setup change(const Card& stored, const ChangeCard& to, std::vector<Row>& rows) {
  Card card = stored;
  card.status = to.status;
  card.active_from = to.active_from;
  card.expires_at = to.expires_at;
  return put(stored, card, rows);
}

}  // namespace

Result<Setup, StateFault> set_up(const State& state, const OpenAccount& opening, const Moment&,
                                 std::vector<Row>& rows) {
  const Account& account = opening.account;
  if (!is_new(account)) return Setup::invalid;
  AUTHD_TRY(stored, state.account(account.id));
  if (stored) return *stored == account ? Setup::unchanged : Setup::exists;
  return open(account, rows);
}

Result<Setup, StateFault> set_up(const State& state, const MirrorAccount& mirror, const Moment&,
                                 std::vector<Row>& rows) {
  const Account& account = mirror.account;
  if (!is_new(account)) return Setup::invalid;
  AUTHD_TRY(stored, state.account(account.id));
  if (!stored) return open(account, rows);
  if (stored->currency != account.currency) return Setup::exists;
  return change(
      *stored,
      {account.id, account.status, account.overdraft_minor, account.minimum_minor, account.kyc},
      rows);
}

Result<Setup, StateFault> set_up(const State& state, const IssueCard& issuing, const Moment&,
                                 std::vector<Row>& rows) {
  const Card& card = issuing.card;
  if (!is_new(card)) return Setup::invalid;
  AUTHD_TRY(stored, state.card(card.program, card.token));
  if (stored) return *stored == card ? Setup::unchanged : Setup::exists;
  return issue(state, card, rows);
}

Result<Setup, StateFault> set_up(const State& state, const MirrorCard& mirror, const Moment&,
                                 std::vector<Row>& rows) {
  const Card& card = mirror.card;
  if (!is_new(card)) return Setup::invalid;
  AUTHD_TRY(stored, state.card(card.program, card.token));
  if (!stored) return issue(state, card, rows);
  if (stored->account != card.account) return Setup::exists;
  return change(*stored, {card.program, card.token, card.status, card.active_from, card.expires_at},
                rows);
}

Result<Setup, StateFault> set_up(const State& state, const ChangeAccount& to, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.account(to.account));
  return stored ? change(*stored, to, rows) : Setup::account_unknown;
}

Result<Setup, StateFault> set_up(const State& state, const ChangeCard& to, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.card(to.program, to.card));
  return stored ? change(*stored, to, rows) : Setup::card_unknown;
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

Result<Setup, StateFault> set_up(const State& state, const MirrorMark& mark, const Moment&,
                                 std::vector<Row>& rows) {
  AUTHD_TRY(stored, state.mirror_mark());
  if (stored == mark) return Setup::unchanged;
  rows.emplace_back(mark);
  return Setup::done;
}

}  // namespace authd::core
