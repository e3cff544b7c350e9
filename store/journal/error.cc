#include "store/journal/error.h"

namespace authd::store {

std::string_view name(JournalFault fault) noexcept {
  switch (fault) {
    case JournalFault::open_failed: return "open_failed";
    case JournalFault::read_failed: return "read_failed";
    case JournalFault::write_failed: return "write_failed";
    case JournalFault::sync_failed: return "sync_failed";
    case JournalFault::directory_failed: return "directory_failed";
    case JournalFault::bad_options: return "bad_options";
    case JournalFault::missing_journal: return "missing_journal";
    case JournalFault::missing_history: return "missing_history";
    case JournalFault::beyond_end: return "beyond_end";
    case JournalFault::record_refused: return "record_refused";
    case JournalFault::no_digest: return "no_digest";
    case JournalFault::missing_segment: return "missing_segment";
    case JournalFault::wrong_file_size: return "wrong_file_size";
    case JournalFault::bad_magic: return "bad_magic";
    case JournalFault::unsupported_version: return "unsupported_version";
    case JournalFault::corrupt_header: return "corrupt_header";
    case JournalFault::wrong_shard: return "wrong_shard";
    case JournalFault::wrong_segment: return "wrong_segment";
    case JournalFault::corrupt_record: return "corrupt_record";
    case JournalFault::sequence_gap: return "sequence_gap";
    case JournalFault::batch_gap: return "batch_gap";
    case JournalFault::chain_broken: return "chain_broken";
  }
  return "unknown";
}

}  // namespace authd::store
