// State: what a decision may look at.
//
// Two implementations: MemoryState (tests, simulation, replay) and store::LiveState (overlay over
// the LMDB snapshot). Reading returns copies: rows are small, and a caller may change the state
// after it.
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

  virtual const Program* program(const ProgramId& id) const = 0;  // null when unknown
  virtual Lookup<Account> account(AccountId id) const = 0;
  virtual Lookup<Card> card(const ProgramId& program, const CardToken& token) const = 0;
  virtual Lookup<Hold> hold(HoldId id) const = 0;
  virtual Lookup<Usage> usage(const UsageOwner& owner, Window window) const = 0;
  virtual Lookup<Idempotency> idempotency(const ProgramId& program,
                                          const MessageId& message) const = 0;
};

}  // namespace authd::core
