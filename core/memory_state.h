// MemoryState: the whole state in ordinary maps, for tests, simulation and replay.

#pragma once

#include <map>
#include <utility>

#include "core/state.h"

namespace authd::core {

class MemoryState final : public State {
 public:
  // Inserts the row or replaces the one with the same key. O(log rows).
  void put(const Row& row);

  const Program* program(const ProgramId& id) const override;
  const TimeZone* zone(const ZoneName& name) const override;
  Result<const ControlSet*, StateFault> controls(const Owner& owner) const override;
  Lookup<Account> account(AccountId id) const override;
  Lookup<Card> card(const ProgramId& program, const CardToken& token) const override;
  Lookup<Authorization> authorization(AuthorizationId id) const override;
  Lookup<Usage> usage(const Owner& owner) const override;
  Lookup<Message> message(const ProgramId& program, const MessageId& id) const override;
  Lookup<Notice> notice(const ProgramId& program, const MessageId& id) const override;
  Lookup<DueSlot> due_slot(std::int64_t slot) const override;
  Lookup<DueCursor> due_cursor() const override;
  Lookup<Transfer> transfer(const ProgramId& program, const MessageId& id) const override;
  Lookup<MirrorMark> mirror_mark() const override;

  // Calls `visit` with every row, ordered by kind and key.
  template <class Visit>
  void for_each(Visit visit) const;

  const std::map<AccountId, Account>& accounts() const noexcept { return accounts_; }
  const std::map<AuthorizationId, Authorization>& authorizations() const noexcept {
    return authorizations_;
  }
  const std::map<std::pair<ProgramId, MessageId>, Transfer>& transfers() const noexcept {
    return transfers_;
  }

 private:
  using CardKey = std::pair<ProgramId, CardToken>;
  using MessageKey = std::pair<ProgramId, MessageId>;
  using OwnerKey = decltype(Owner::of);

  std::map<ProgramId, Program> programs_;
  std::map<ZoneName, TimeZone> zones_;
  std::map<AccountId, Account> accounts_;
  std::map<CardKey, Card> cards_;
  std::map<OwnerKey, ControlSet> controls_;
  std::map<OwnerKey, Usage> usages_;
  std::map<AuthorizationId, Authorization> authorizations_;
  std::map<MessageKey, Message> messages_;
  std::map<MessageKey, Notice> notices_;
  std::map<std::int64_t, DueSlot> due_slots_;
  std::optional<DueCursor> due_cursor_;
  std::map<MessageKey, Transfer> transfers_;
  std::optional<MirrorMark> mirror_mark_;
};

template <class Visit>
void MemoryState::for_each(Visit visit) const {
  const auto all = [&visit](const auto& rows) {
    for (const auto& [key, row] : rows) visit(Row{row});
  };
  all(programs_);
  all(zones_);
  all(accounts_);
  all(cards_);
  all(controls_);
  all(usages_);
  all(authorizations_);
  all(messages_);
  all(notices_);
  all(due_slots_);
  if (due_cursor_) visit(Row{*due_cursor_});
  all(transfers_);
  if (mirror_mark_) visit(Row{*mirror_mark_});
}

}  // namespace authd::core
