// Exposure: approved money, per program and currency, whose records PostgreSQL has not confirmed.
//
//   exposure = approvals after the mark = counted by the sequencer − confirmed by the drain
//
// The sequencer counts the approvals it records from the start on. The mark is PostgreSQL's
// high-water mark as far as it is known: it starts at the journal's end, where nothing is
// unconfirmed, and the drain moves it, forwards by what it has drained, backwards over records that
// PostgreSQL turns out not to hold (after a start, after a failover). Either way the approvals in
// between change sides.
//
// Threads: any. Sums are exact: counters are wide enough for every record of a journal.

#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/apply.h"

namespace authd::store {

// The approved money that `request` reserved; nothing when it reserved none.
std::optional<core::Money> reserved_money(const core::Request& request,
                                          const core::Decision& decision) noexcept;

class Exposure {
 public:
  // Sums of approvals, to be moved across the mark at once.
  class Sums {
   public:
    void add(const core::ProgramId& program, core::Money money);
    void clear() noexcept { sums_.clear(); }

   private:
    friend class Exposure;
    __extension__ using Wide = __int128;
    using Key = std::pair<core::ProgramId, std::uint16_t>;
    std::map<Key, Wide> sums_;
  };

  // An approval that reserves money was recorded. On the sequencer; some 50 ns.
  void approved(const core::ProgramId& program, core::Money money);

  // The mark has moved forwards, or backwards, over these approvals.
  void confirmed(const Sums& sums);
  void unconfirmed(const Sums& sums);

  // Minor units; the largest int64 when the sum does not fit. Never negative: for the moment in
  // which the drain has confirmed a record that the sequencer has not counted yet, zero.
  std::int64_t outstanding(const core::ProgramId& program, core::Currency currency) const;

  struct Entry {
    core::ProgramId program;
    core::Currency currency;
    std::int64_t minor_units;
  };
  std::vector<Entry> snapshot() const;  // for metrics

 private:
  void move(const Sums& sums, int sign);

  mutable std::mutex mutex_;
  Sums outstanding_;
};

}  // namespace authd::store
