#include "core/memory_state.h"

namespace authd::core {

namespace {

template <class Map>
const typename Map::mapped_type* find(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map>
Lookup<typename Map::mapped_type> copy(const Map& map, const typename Map::key_type& key) {
  const auto* const row = find(map, key);
  using T = typename Map::mapped_type;
  return row == nullptr ? std::optional<T>{} : std::optional<T>{*row};
}

}  // namespace

void MemoryState::put(const Row& row) {
  struct Put {
    MemoryState& state;
    void operator()(const Account& r) const { state.accounts_.insert_or_assign(r.id, r); }
    void operator()(const Card& r) const {
      state.cards_.insert_or_assign(CardKey{r.program, r.token}, r);
    }
    void operator()(const Authorization& r) const {
      state.authorizations_.insert_or_assign(r.id, r);
    }
    void operator()(const Usage& r) const { state.usages_.insert_or_assign(r.owner.of, r); }
    void operator()(const Message& r) const {
      state.messages_.insert_or_assign(MessageKey{r.program, r.id}, r);
    }
    void operator()(const Notice& r) const {
      state.notices_.insert_or_assign(MessageKey{r.program, r.id}, r);
    }
    void operator()(const ControlSet& r) const { state.controls_.insert_or_assign(r.owner.of, r); }
    void operator()(const Program& r) const { state.programs_.insert_or_assign(r.id, r); }
    void operator()(const TimeZone& r) const { state.zones_.insert_or_assign(r.name, r); }
    void operator()(const DueSlot& r) const { state.due_slots_.insert_or_assign(r.slot, r); }
    void operator()(const DueCursor& r) const { state.due_cursor_ = r; }
    void operator()(const Transfer& r) const {
      state.transfers_.insert_or_assign(MessageKey{r.program, r.id}, r);
    }
    void operator()(const MirrorMark& r) const { state.mirror_mark_ = r; }
  };
  std::visit(Put{*this}, row);
}

const Program* MemoryState::program(const ProgramId& id) const { return find(programs_, id); }

const TimeZone* MemoryState::zone(const ZoneName& name) const { return find(zones_, name); }

Result<const ControlSet*, StateFault> MemoryState::controls(const Owner& owner) const {
  return find(controls_, owner.of);
}

Lookup<Account> MemoryState::account(AccountId id) const { return copy(accounts_, id); }

Lookup<Card> MemoryState::card(const ProgramId& program, const CardToken& token) const {
  return copy(cards_, {program, token});
}

Lookup<Authorization> MemoryState::authorization(AuthorizationId id) const {
  return copy(authorizations_, id);
}

Lookup<Usage> MemoryState::usage(const Owner& owner) const { return copy(usages_, owner.of); }

Lookup<Message> MemoryState::message(const ProgramId& program, const MessageId& id) const {
  return copy(messages_, {program, id});
}

Lookup<Notice> MemoryState::notice(const ProgramId& program, const MessageId& id) const {
  return copy(notices_, {program, id});
}

Lookup<DueSlot> MemoryState::due_slot(std::int64_t slot) const { return copy(due_slots_, slot); }

Lookup<DueCursor> MemoryState::due_cursor() const { return due_cursor_; }

Lookup<Transfer> MemoryState::transfer(const ProgramId& program, const MessageId& id) const {
  return copy(transfers_, {program, id});
}

Lookup<MirrorMark> MemoryState::mirror_mark() const { return mirror_mark_; }

}  // namespace authd::core
