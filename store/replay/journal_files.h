// open_kept: a reader on the files of a journal, also while a daemon writes to it.
//
// No lock is taken and nothing is changed. The reader ends with the last whole batch that was there
// when it was opened; a torn tail, or a batch under way, is the end and not an error. The last
// batch may not have been flushed yet: nobody may have been answered.

#pragma once

#include <optional>

#include "store/format/records.h"
#include "store/journal/reader.h"

namespace authd::store {

struct KeptRecords {
  core::Sequence first;  // the first record that is read; the next one to come when there is none
  Reader reader;
};

// From `from` on, or from the first record that is kept. Reads the last segment once to find its
// end: about 0.3 s for 256 MiB.
core::Result<KeptRecords, JournalError> open_kept(const JournalDirectory& directory,
                                                  std::optional<core::Sequence> from);

// The whole record, with its moment as the journal's header has it.
core::Result<Record, FormatError> decode(const RecordView& view);

}  // namespace authd::store
