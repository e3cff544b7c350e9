// Search: the records of one message's authorization, found in the journal by the message's id.
//
// The whole journal is read, oldest record first: once for the id, and once more for the rest of
// its authorization's life cycle. A GiB takes about 0.3 s each time, out of the page cache. Nothing
// is locked or changed, so it works beside a running daemon.
//
// Older decisions are in the ledger: see ledger.h.

#pragma once

#include <optional>
#include <vector>

#include "authd/explain/text.h"
#include "store/journal/error.h"
#include "store/journal/segment.h"

namespace authd::explain {

// The id of a request, of a notice, or by which a life cycle is known; in any program unless one is
// given.
struct Wanted {
  core::MessageId id;
  std::optional<core::ProgramId> program;
};

struct Found {
  enum class Source : std::uint8_t { journal = 1, ledger = 2 };

  std::vector<store::Record> records;     // in order; empty when the id is in several programs
  std::vector<core::ProgramId> programs;  // in which the id was found
  Definitions definitions;                // of controls, as far as the journal kept them
  core::Sequence first;                   // what was searched: from this record on …
  core::Sequence next;                    // … and before this one
  Source source = Source::journal;
};

struct SearchError {
  std::optional<store::JournalError> journal{};  // otherwise a record does not decode:
  store::FormatError format{};
  core::Sequence sequence{};
};

core::Result<Found, SearchError> search(const store::JournalDirectory& directory,
                                        const Wanted& wanted);

}  // namespace authd::explain
