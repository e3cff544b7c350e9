// World: what the reconciliation benchmark's data have in common: when which record comes, whose
// accounts they are about, and where chance comes from.
//
// Everything is a function of the seed and of numbers, so that nothing has to be remembered: the
// clearing of an authorization is written days after it, and is worked out again from its index.
//
//   step     one for each authorization, and some after the last for what still comes of them
//   slot     what a step has room for: a request, and events of earlier steps' authorizations
//   record   (step, slot): its sequence and its time grow together
//
//   slot     of the step so many days before   what
//   first    0                                 the request
//   cleared  1                                 a clearing, reversal or decline
//   again    an hour more                      a second clearing
//   late     3                                 a third clearing, a refund
//   expired  7                                 an expiry

#pragma once

#include <array>
#include <cstdint>

#include "core/identifiers.h"
#include "core/money.h"
#include "core/time.h"

namespace authd::bench {

enum class Slot : std::uint8_t { first = 0, cleared = 1, again = 2, late = 3, expired = 4 };
inline constexpr std::uint64_t slot_count = 5;

struct Holder {
  core::AccountId account;
  core::Currency currency;
  core::CardToken card;
};

struct World {
  static constexpr std::uint64_t rows_min = 1'000;  // below, an hour has no step of its own
  static constexpr std::uint64_t days = 25;         // over which the requests come
  static constexpr std::uint64_t days_after = 3;    // for what comes of the last ones
  static constexpr std::int64_t opening_minor = 1'000'000'000'000;

  std::uint64_t rows = 0;  // authorizations
  std::uint64_t seed = 1;
  core::ProgramId program;
  core::Timestamp begins_at;
  std::int32_t shard = 7;  // not a daemon's own, so that one can start on the same ledger

  std::uint64_t steps() const noexcept { return rows + lag(Slot::late); }
  std::uint64_t holders() const noexcept;
  Holder holder(std::uint64_t number) const;  // from 0

  // After how many steps the slot comes.
  std::uint64_t lag(Slot slot) const noexcept;
  // The index that the step's slot is about; wraps around below 0.
  std::uint64_t index_at(std::uint64_t step, Slot slot) const noexcept { return step - lag(slot); }

  core::Sequence sequence(std::uint64_t index, Slot slot) const noexcept;
  core::Timestamp at(std::uint64_t index, Slot slot) const noexcept;
  std::uint64_t first_index_of_day(std::uint64_t day) const noexcept { return rows * day / days; }

  // What chance has for this purpose and number.
  std::uint64_t chance(std::uint64_t purpose, std::uint64_t number) const noexcept;
  // A random UUID, as processors name things.
  core::MessageId token(std::uint64_t purpose, std::uint64_t number) const;
};

}  // namespace authd::bench
