// MarkedExposure: keeps Exposure in step with PostgreSQL's mark, wherever that moves.
//
// Threads: the drain's.

#pragma once

#include <stop_token>

#include "store/journal/journal.h"
#include "store/postgres/exposure.h"

namespace authd::store {

class MarkedExposure {
 public:
  // `counted_from`: the last record whose approval the sequencer has not counted, so that nothing
  // is outstanding yet when the mark stands there.
  MarkedExposure(Exposure& exposure, const Journal& journal, core::Sequence counted_from)
      : exposure_(exposure), journal_(journal), mark_(counted_from) {}

  core::Sequence mark() const noexcept { return mark_; }

  // Forwards, over records whose approvals are known.
  void advance(core::Sequence to, const Exposure::Sums& approvals);

  // To where PostgreSQL says, by reading the journal in between. A mark older than the journal's
  // oldest record counts what there is. Nothing moves on an error or when asked to stop. O(records
  // in between), some 2 µs each.
  core::Result<void, JournalError> move(core::Sequence to, const std::stop_token& stop);

 private:
  core::Result<Exposure::Sums, JournalError> approvals(core::Sequence after, core::Sequence up_to,
                                                       const std::stop_token& stop) const;
  core::Result<core::Sequence, JournalError> oldest() const;

  Exposure& exposure_;
  const Journal& journal_;
  core::Sequence mark_;
};

}  // namespace authd::store
