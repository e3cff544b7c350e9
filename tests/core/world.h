// An ordinary world for the tests of the rules: one program, one account with 100.00 USD, one good
// card. A test shows only what differs.

#pragma once

#include "core/apply.h"
#include "core/memory_state.h"

namespace authd::core::test {

inline const Currency usd = *Currency::from_alpha("USD");
inline const Currency eur = *Currency::from_alpha("EUR");
inline constexpr Timestamp noon{1'793'620'800'000'000};  // 2026-11-02T12:00:00Z

inline Program program() { return {*ProgramId::from("demo"), TimeZone{}}; }

inline Account account() {
  Account account;
  account.id = {1};
  account.currency = usd;
  account.posted_minor = 100'00;
  return account;
}

inline Card card() {
  Card card;
  card.program = *ProgramId::from("demo");
  card.token = *CardToken::from("card-1");
  card.account = {1};
  card.status = CardStatus::active;
  card.expires_at = {noon.unix_us + 1};
  return card;
}

inline Request purchase(std::string_view message, std::int64_t minor_units) {
  Request request;
  request.program = *ProgramId::from("demo");
  request.message = *MessageId::from(message);
  request.card = *CardToken::from("card-1");
  request.amount = {minor_units, usd};
  return request;
}

// A state and the sequence of its next record.
class World {
 public:
  explicit World(std::vector<Program> programs = {program()}) : state(std::move(programs)) {
    state.put(account());
    state.put(card());
  }

  // Applies the command and makes its changes, as the sequencer does.
  Applied apply(const Command& command, Timestamp at = noon) {
    Applied applied = core::apply(state, command, {at, {next_sequence}}).value();
    for (const Row& row : applied.changes.rows()) state.put(row);
    if (!applied.changes.empty()) ++next_sequence;
    return applied;
  }
  Answer ask(const Request& request, Timestamp at = noon) {
    return std::get<Answer>(apply(request, at).outcome);
  }
  Account account_now(std::int64_t id = 1) const { return **state.account({id}); }

  MemoryState state;
  std::uint64_t next_sequence = 1;
};

}  // namespace authd::core::test
