#include "core/memory_state.h"

#include <algorithm>

namespace authd::core {

namespace {

template <class Map>
Lookup<typename Map::mapped_type> find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::optional<typename Map::mapped_type>{};
  return std::optional{found->second};
}

}  // namespace

MemoryState::MemoryState(std::vector<Program> programs) : programs_(std::move(programs)) {}

void MemoryState::put(const Row& row) {
  struct Put {
    MemoryState& state;
    void operator()(const Account& r) const { state.accounts_.insert_or_assign(r.id, r); }
    void operator()(const Card& r) const {
      state.cards_.insert_or_assign(CardKey{r.program, r.token}, r);
    }
    void operator()(const Hold& r) const { state.holds_.insert_or_assign(r.id, r); }
    void operator()(const Usage& r) const {
      state.usages_.insert_or_assign(key(r.owner, r.window), r);
    }
    void operator()(const Idempotency& r) const {
      state.idempotencies_.insert_or_assign(MessageKey{r.program, r.message}, r);
    }
  };
  std::visit(Put{*this}, row);
}

const Program* MemoryState::program(const ProgramId& id) const {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [&id](const Program& p) { return p.id == id; });
  return found == programs_.end() ? nullptr : &*found;
}

Lookup<Account> MemoryState::account(AccountId id) const { return find(accounts_, id); }

Lookup<Card> MemoryState::card(const ProgramId& program, const CardToken& token) const {
  return find(cards_, {program, token});
}

Lookup<Hold> MemoryState::hold(HoldId id) const { return find(holds_, id); }

Lookup<Usage> MemoryState::usage(const UsageOwner& owner, Window window) const {
  return find(usages_, key(owner, window));
}

Lookup<Idempotency> MemoryState::idempotency(const ProgramId& program,
                                             const MessageId& message) const {
  return find(idempotencies_, {program, message});
}

MemoryState::UsageKey MemoryState::key(const UsageOwner& owner, Window window) {
  if (const auto* card = std::get_if<UsageOwner::CardOwner>(&owner.of)) {
    return {AccountId{}, card->program, card->card, window};
  }
  return {std::get<AccountId>(owner.of), ProgramId{}, CardToken{}, window};
}

}  // namespace authd::core
