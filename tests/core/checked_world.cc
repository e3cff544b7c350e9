#include "tests/core/checked_world.h"

#include <algorithm>

#include "tests/core/describe.h"

namespace authd::core::test {
namespace {

std::string differ(const std::string& what, const std::string& core, const std::string& model) {
  return what + "\n  core:  " + core + "\n  model: " + model;
}

// What neither headers nor rules promise is left out of the comparison.
bool agree(const Outcome& core, const Outcome& model) {
  if (core.index() != model.index()) return false;
  if (const auto* setup = std::get_if<Setup>(&core)) return *setup == std::get<Setup>(model);
  if (const auto* booking = std::get_if<Booking>(&core)) {
    const Booking& expected = std::get<Booking>(model);
    if (expected.origin == Booking::Origin::booked) return *booking == expected;
    return booking->origin == expected.origin && booking->fault == expected.fault;
  }
  if (const auto* moved = std::get_if<Moved>(&core)) return *moved == std::get<Moved>(model);
  const Answer& answer = std::get<Answer>(core);
  const Answer& expected = std::get<Answer>(model);
  if (answer.origin != expected.origin || answer.decision.reason != expected.decision.reason) {
    return false;
  }
  if (answer.origin == Answer::Origin::refused) return answer.decision.approved.minor_units == 0;
  return answer.decision.approved.minor_units == expected.decision.approved.minor_units &&
         answer.decision.balance == expected.decision.balance &&
         answer.authorization == expected.authorization && answer.decided_at == expected.decided_at;
}

template <class... Kinds>
bool is_one_of(const Command& command) {
  return (std::holds_alternative<Kinds>(command) || ...);
}

// What may be said twice.
bool is_repeatable(const Command& command) {
  return is_one_of<Request, Event, MoveMoney, AdvanceTransfer, MirrorAccount, MirrorCard,
                   MirrorControl, MirrorRemoval, MirrorMark>(command);
}

}  // namespace

std::string CheckedWorld::apply(const Command& command, Moment moment) {
  moment.sequence = {next_sequence_};
  if (!core::apply(state_, command, moment, applied_)) return "a row cannot be read";
  if (applied_.rows.size() > Applied::rows_max) return "more rows than rows_max";
  for (const Row& row : applied_.rows) {
    state_.put(row);
    if (const auto* authorization = std::get_if<Authorization>(&row)) {
      held_[authorization->id] += 0;
    }
  }
  if (std::string wrong = compare(command, moment); !wrong.empty()) return wrong;
  for (const Row& row : applied_.rows) {
    const auto* authorization = std::get_if<Authorization>(&row);
    if (authorization == nullptr) continue;
    if (std::string wrong = check_authorization(*authorization); !wrong.empty()) return wrong;
  }
  if (std::string wrong = check_transfer(command); !wrong.empty()) return wrong;
  if (std::string wrong = check_accounts(command); !wrong.empty()) return wrong;
  if (!applied_.rows.empty()) {
    journal_.push_back({command, moment, applied_.rows});
    ++next_sequence_;
  }
  return is_repeatable(command) ? check_repetition(command, moment) : std::string();
}

std::string CheckedWorld::compare(const Command& command, const Moment& moment) {
  if (std::holds_alternative<ExpireNext>(command)) return compare_expiry(moment);
  idle_expiries_ = 0;
  const Model::Prediction expected = model_.apply(command, moment);
  if (!agree(applied_.outcome, expected.outcome)) {
    return differ("outcome", describe(applied_.outcome), describe(expected.outcome));
  }
  const auto* answer = std::get_if<Answer>(&applied_.outcome);
  if (answer != nullptr && answer->origin == Answer::Origin::decided &&
      applied_.explanation != expected.explanation) {
    return differ("explanation of " + describe(applied_.outcome), describe(applied_.explanation),
                  describe(expected.explanation));
  }
  const auto* booking = std::get_if<Booking>(&applied_.outcome);
  const bool nothing_new = (answer != nullptr && answer->origin != Answer::Origin::decided) ||
                           (booking != nullptr && booking->origin != Booking::Origin::booked) ||
                           (std::holds_alternative<Moved>(applied_.outcome) &&
                            std::get<Moved>(applied_.outcome).origin != Moved::Origin::done) ||
                           (std::holds_alternative<Setup>(applied_.outcome) &&
                            std::get<Setup>(applied_.outcome) != Setup::done);
  if (nothing_new != applied_.rows.empty()) return "rows without news, or news without rows";
  return {};
}

std::string CheckedWorld::compare_expiry(const Moment& moment) {
  const Booking& booking = std::get<Booking>(applied_.outcome);
  if (booking.held_minor != 0) {
    const auto expected = model_.expire(booking.authorization, moment.at);
    if (!expected) return "expired before its time: " + describe(applied_.outcome);
    if (booking != *expected) {
      return differ("expiry", describe(applied_.outcome), describe(*expected));
    }
    return {};
  }
  if (!applied_.rows.empty()) return {};  // a step towards the next
  const std::size_t overdue = model_.overdue(moment.at);
  return overdue == 0 ? std::string() : std::to_string(overdue) + " are overdue";
}

// The row against the model, and its takes against its standing.
std::string CheckedWorld::check_authorization(const Authorization& row) {
  const auto stands = standing(row);
  if (!stands) return "an authorization whose sums do not fit";
  const naive::Sums& sums = model_.lifecycles().at(row.id).sums;
  if (stands->counted_minor != sums.counted() || stands->held_minor != sums.held() ||
      stands->pending_credit_minor != sums.pending() || row.closure != sums.closure) {
    return "authorization " + std::to_string(row.id.value) + " stands differently";
  }
  if (row.account != model_.lifecycles().at(row.id).account) return "another account";
  if (row.takes.size() > Authorization::takes_max) return "too many takes";
  std::int64_t taken = 0;
  for (const Take& take : row.takes) {
    taken += take.minor;
    if (take.minor <= 0) return "a take of nothing";
  }
  if (taken != stands->counted_minor) return "takes do not add up to what is counted";
  for (const Counted& counted : row.counted) {
    if (counted.take >= row.takes.size()) return "a counter of a take that is gone";
  }
  held_sums_[owners_[row.id]] -= held_[row.id];
  owners_[row.id] = row.account;
  held_[row.id] = stands->held_minor;
  held_sums_[row.account] += stands->held_minor;
  return {};
}

// What it holds now, and that money has neither come from nowhere nor gone there.
std::string CheckedWorld::check_transfer(const Command& command) {
  const auto* moved = std::get_if<Moved>(&applied_.outcome);
  if (moved == nullptr || moved->origin != Moved::Origin::done) return {};
  const Transfer& row = moved->transfer;
  std::int64_t& reserved = reserved_[{row.program, row.id}];
  held_sums_[row.from] -= reserved;
  reserved = is_held(row.status) ? row.amount.minor_units : 0;
  held_sums_[row.from] += reserved;

  const bool between_wallets = row.from != AccountId{} && row.to != AccountId{};
  if (between_wallets && moved->from_posted_minor + moved->to_posted_minor != 0) {
    return "a transfer that is half done";
  }
  const bool debits = std::holds_alternative<MoveMoney>(command) && row.from != AccountId{} &&
                      row.status != TransferStatus::declined;
  if (debits && (*state_.account(row.from))->available_minor().value_or(-1) < 0) {
    return "a transfer of what was not there";
  }
  return {};
}

std::string CheckedWorld::check_accounts(const Command& command) {
  for (const auto& [id, account] : state_.accounts()) {
    const Model::Totals totals = model_.totals(id);
    const Model::Totals now{account.posted_minor, account.held_minor, account.pending_credit_minor};
    const auto text = [](const Model::Totals& of) {
      return "posted " + std::to_string(of.posted_minor) + " held " +
             std::to_string(of.held_minor) + " pending " + std::to_string(of.pending_credit_minor);
    };
    if (now != totals)
      return differ("account " + std::to_string(id.value), text(now), text(totals));
    if (now.held_minor < 0 || now.pending_credit_minor < 0) return "a sum below zero";
    if (now.held_minor != held_sums_[id]) return "held is not the sum of the open holds";
  }
  const auto* answer = std::get_if<Answer>(&applied_.outcome);
  if (answer == nullptr || answer->origin != Answer::Origin::decided) return {};
  if (!answer->decision.is_approved() || !std::holds_alternative<Request>(command)) return {};
  const std::int64_t before = applied_.explanation.before.available_minor;
  const std::int64_t after = answer->decision.balance.available_minor;
  if (after < 0 && after < before) return "an approval of what was not there";
  if (answer->decision.approved.minor_units > std::get<Request>(command).amount.minor_units) {
    return "more approved than asked for";
  }
  return {};
}

std::string CheckedWorld::check_repetition(const Command& command, const Moment& moment) {
  Moment later = moment;
  later.sequence = {next_sequence_};
  later.at.unix_us += 1;
  if (!core::apply(state_, command, later, again_)) return "a row cannot be read";
  if (!again_.rows.empty()) return "a repetition that changes rows";
  if (const auto* setup = std::get_if<Setup>(&again_.outcome)) {
    const Setup first = std::get<Setup>(applied_.outcome);
    const bool same =
        *setup == first || (first == Setup::done && *setup == Setup::unchanged) ||
        (std::holds_alternative<MirrorRemoval>(command) && *setup == Setup::control_unknown);
    return same ? std::string() : "mirrored differently the second time";
  }
  if (const auto* moved = std::get_if<Moved>(&again_.outcome)) {
    const Moved& first = std::get<Moved>(applied_.outcome);
    const bool refused = first.origin == Moved::Origin::refused;
    const bool same =
        refused ? *moved == first
                : moved->origin == Moved::Origin::repeated && moved->transfer == first.transfer;
    return same ? std::string() : "moved twice: " + describe(again_.outcome);
  }
  const auto* answer = std::get_if<Answer>(&again_.outcome);
  if (answer != nullptr) {
    const Answer& first = std::get<Answer>(applied_.outcome);
    if (first.origin == Answer::Origin::refused) {
      return *answer == first ? std::string() : "refused differently the second time";
    }
    const bool same =
        answer->origin == Answer::Origin::repeated && answer->decision == first.decision &&
        answer->authorization == first.authorization && answer->decided_at == first.decided_at;
    return same ? std::string() : "another answer to the same message";
  }
  const Booking& first = std::get<Booking>(applied_.outcome);
  const Booking& second = std::get<Booking>(again_.outcome);
  const bool refused = first.origin == Booking::Origin::refused;
  const bool same = refused ? second == first : second.origin == Booking::Origin::repeated;
  return same ? std::string() : "booked twice: " + describe(again_.outcome);
}

std::string CheckedWorld::audit() const {
  std::map<AccountId, std::int64_t> held;
  for (const auto& [id, authorization] : state_.authorizations()) {
    held[authorization.account] += standing(authorization)->held_minor;
  }
  for (const auto& [key, transfer] : state_.transfers()) {
    if (is_held(transfer.status)) held[transfer.from] += transfer.amount.minor_units;
  }
  for (const auto& [id, account] : state_.accounts()) {
    if (account.held_minor != held[id]) return "held is not the sum of the open holds";
  }
  MemoryState from_rows;
  MemoryState from_commands;
  Applied applied;
  for (const Recorded& record : journal_) {
    for (const Row& row : record.rows) from_rows.put(row);
    if (!core::apply(from_commands, record.command, record.moment, applied)) return "unreadable";
    if (applied.rows != record.rows) return "a replayed command gives other rows";
    for (const Row& row : applied.rows) from_commands.put(row);
  }
  const auto rows_of = [](const MemoryState& state) {
    std::vector<Row> rows;
    state.for_each([&rows](const Row& row) { rows.push_back(row); });
    return rows;
  };
  if (rows_of(from_rows) != rows_of(state_)) return "replayed rows give another state";
  return {};
}

}  // namespace authd::core::test
