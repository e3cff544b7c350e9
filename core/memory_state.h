// MemoryState: the whole state in ordinary maps, for tests, simulation and replay.

#pragma once

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/state.h"

namespace authd::core {

class MemoryState final : public State {
 public:
  explicit MemoryState(std::vector<Program> programs);

  // Inserts the row or replaces the one with the same key. O(log rows).
  void put(const Row& row);

  const Program* program(const ProgramId& id) const override;
  Lookup<Account> account(AccountId id) const override;
  Lookup<Card> card(const ProgramId& program, const CardToken& token) const override;
  Lookup<Hold> hold(HoldId id) const override;
  Lookup<Usage> usage(const UsageOwner& owner, Window window) const override;
  Lookup<Idempotency> idempotency(const ProgramId& program,
                                  const MessageId& message) const override;

  const std::map<AccountId, Account>& accounts() const noexcept { return accounts_; }
  const std::map<HoldId, Hold>& holds() const noexcept { return holds_; }

 private:
  using CardKey = std::pair<ProgramId, CardToken>;
  using MessageKey = std::pair<ProgramId, MessageId>;
  using UsageKey = std::tuple<AccountId, ProgramId, CardToken, Window>;

  static UsageKey key(const UsageOwner& owner, Window window);

  std::vector<Program> programs_;
  std::map<AccountId, Account> accounts_;
  std::map<CardKey, Card> cards_;
  std::map<HoldId, Hold> holds_;
  std::map<UsageKey, Usage> usages_;
  std::map<MessageKey, Idempotency> idempotencies_;
};

}  // namespace authd::core
