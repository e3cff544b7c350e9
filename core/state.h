// State: what a decision may look at.
//
// Two implementations: MemoryState (tests, simulation, replay) and store::LiveState (overlay over
// the LMDB snapshot). Rows are returned as copies; what is read by pointer (programs, zones,
// controls) is valid until the state is changed or the next controls() of an owner of the same
// level.
//
// Threads: one at a time. Errors: a StateFault means the stored row cannot be read; no decision can
// be taken on it.

#pragma once

#include <optional>

#include "core/identifiers.h"
#include "core/result.h"
#include "core/rows.h"

namespace authd::core {

enum class StateFault : std::uint8_t {
  unreadable = 1,  // the storage refused
  corrupt = 2,     // the row fails its checksum or does not decode
};

template <class T>
using Lookup = Result<std::optional<T>, StateFault>;  // nothing when there is no such row

class State {
 public:
  virtual ~State() = default;

  // Null when unknown.
  virtual const Program* program(const ProgramId& id) const = 0;
  virtual const TimeZone* zone(const ZoneName& name) const = 0;
  virtual Result<const ControlSet*, StateFault> controls(const Owner& owner) const = 0;

  virtual Lookup<Account> account(AccountId id) const = 0;
  virtual Lookup<Card> card(const ProgramId& program, const CardToken& token) const = 0;
  virtual Lookup<Authorization> authorization(AuthorizationId id) const = 0;
  virtual Lookup<Usage> usage(const Owner& owner) const = 0;
  virtual Lookup<Message> message(const ProgramId& program, const MessageId& id) const = 0;
  virtual Lookup<Notice> notice(const ProgramId& program, const MessageId& id) const = 0;
  virtual Lookup<DueSlot> due_slot(std::int64_t slot) const = 0;
  virtual Lookup<DueCursor> due_cursor() const = 0;
  virtual Lookup<Transfer> transfer(const ProgramId& program, const MessageId& id) const = 0;
  virtual Lookup<MirrorMark> mirror_mark() const = 0;
};

}  // namespace authd::core
