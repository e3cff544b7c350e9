#include "store/state/storage.h"

#include <algorithm>
#include <system_error>

#include "store/state/snapshot_import.h"

namespace authd::store {

namespace {

using core::Unexpected;
using Code = StorageError::Code;

StorageError failed(Code code, int system_error = 0) {
  StorageError error{};
  error.code = code;
  error.system_error = system_error;
  return error;
}

StorageError failed(const StateLock::Failure& lock) {
  return lock.in_use ? failed(Code::in_use) : failed(Code::directory, lock.system_error);
}

StorageError failed(const SnapshotError& snapshot) {
  StorageError error = failed(Code::snapshot);
  error.snapshot = snapshot;
  return error;
}

StorageError failed(const JournalError& journal) {
  StorageError error = failed(Code::journal);
  error.journal = journal;
  return error;
}

// An empty snapshot gets its header: at the start of all things, or complete up to what was
// imported.
core::Result<SnapshotHeader, StorageError> first_header(Snapshot& snapshot,
                                                        const Storage::Import& import) {
  if (const auto cleared = snapshot.clear(); !cleared) return Unexpected{failed(cleared.error())};
  SnapshotImport importer(snapshot);
  SnapshotHeader header;
  header.has_journal = false;
  if (import) {
    const auto complete = import([&importer](const core::Row& row) { importer.add(row); });
    if (!complete) return Unexpected{failed(Code::import)};
    if (!importer.is_readable()) {
      StorageError error = failed(Code::import);
      error.format = FormatError::malformed;
      return Unexpected{error};
    }
    header = {*complete, importer.last_at(), *complete, false};
  }
  if (const auto finished = importer.finish(header); !finished)
    return Unexpected{failed(finished.error())};
  return header;
}

bool is_empty_or_missing(const std::filesystem::path& directory) {
  std::error_code ignored;
  return !std::filesystem::exists(directory, ignored) ||
         std::filesystem::is_empty(directory, ignored);
}

}  // namespace

core::Result<std::unique_ptr<Storage>, StorageError> Storage::open(const Options& options,
                                                                   const Import& import) {
  std::error_code created;
  std::filesystem::create_directories(options.directory, created);
  if (created) return Unexpected{failed(Code::directory, created.value())};
  auto lock = StateLock::take(options.directory);
  if (!lock) return Unexpected{failed(lock.error())};
  if (std::filesystem::exists(rebuild_begun(options.directory), created)) {
    return Unexpected{failed(Code::rebuild_unfinished)};
  }

  auto snapshot =
      Snapshot::open({options.directory / "snapshot", options.map_bytes, options.shard});
  if (!snapshot) return Unexpected{failed(snapshot.error())};
  const auto stored = snapshot->header();
  if (!stored) return Unexpected{failed(stored.error())};

  SnapshotHeader header;
  if (*stored) {
    header = **stored;
  } else {
    // With a journal but no snapshot the state is the fold of the whole journal: never import over
    // it.
    const bool blank = is_empty_or_missing(options.directory / "journal");
    AUTHD_TRY(first, first_header(*snapshot, blank ? import : Import{}));
    header = first;
  }
  // Before the journal's first record, so that there is never one without what it builds on.
  const std::filesystem::path copy = imported(options.directory);
  if (import && !header.has_journal && !std::filesystem::exists(copy, created)) {
    if (const auto copied = snapshot->copy_to(copy); !copied)
      return Unexpected{failed(copied.error())};
  }

  auto state = LiveState::open(*snapshot);
  if (!state) return Unexpected{failed(state.error())};
  auto storage = std::unique_ptr<Storage>(
      new Storage(std::move(*lock), std::move(*snapshot), std::move(*state), header));
  AUTHD_TRY_VOID(storage->open_journal(options));
  return storage;
}

Storage::Storage(StateLock lock, Snapshot snapshot, LiveState state, SnapshotHeader opened_at)
    : lock_(std::move(lock)),
      snapshot_(std::move(snapshot)),
      state_(std::move(state)),
      opened_at_(opened_at) {}

Storage::~Storage() = default;

core::Result<void, StorageError> Storage::open_journal(const Options& options) {
  const std::filesystem::path directory = options.directory / "journal";
  if (!opened_at_.has_journal) {
    std::error_code created;
    std::filesystem::create_directories(directory, created);
    if (created) return Unexpected{failed(Code::directory, created.value())};
  }
  JournalOptions journal_options;
  journal_options.directory = {directory, options.shard};
  journal_options.segment_bytes = options.segment_bytes;
  journal_options.if_missing = opened_at_.has_journal ? IfMissing::refuse : IfMissing::create;

  std::optional<StorageError> bad_record;
  const auto on_record = [&](const RecordView& record) {
    const auto folded = fold(record);
    if (!folded) {
      bad_record = failed(Code::record);
      bad_record->format = folded.error();
      bad_record->sequence = record.sequence;
    }
    return folded.has_value();
  };
  auto journal = Journal::open(journal_options, {opened_at_.applied.value + 1}, on_record);
  if (bad_record) return Unexpected{*bad_record};
  if (!journal && journal.error().fault == JournalFault::beyond_end) {
    StorageError behind = failed(Code::journal_behind);
    behind.sequence = opened_at_.applied;
    return Unexpected{behind};
  }
  if (!journal) return Unexpected{failed(journal.error())};
  journal_ = std::move(*journal);
  last_record_at_ = std::max(journal_->recovered().last_at, opened_at_.applied_at);

  if (!opened_at_.has_journal) {
    opened_at_.has_journal = true;
    if (const auto written = snapshot_.commit({}, &opened_at_); !written) {
      return Unexpected{failed(written.error())};
    }
  }
  return {};
}

core::Result<void, FormatError> Storage::fold(const RecordView& record) {
  if (record.version != record_version) return Unexpected{FormatError::version};
  AUTHD_TRY(images, decode_images(record.payload));
  AUTHD_TRY_VOID(state_.put(images, record.sequence, record.at));
  replayed_records_ += 1;
  return {};
}

bool Storage::record(const core::Command& command, const core::Moment& moment,
                     const core::Applied& applied, std::vector<std::byte>& payload) {
  AUTHD_ASSERT(!applied.rows.empty() && moment.sequence == journal_->next_sequence());
  encode_record(command, moment, applied, payload);
  const auto kind = static_cast<std::uint16_t>(kind_of(command));
  if (!journal_->fits(payload.size())) return false;
  if (!journal_->append(kind, record_version, moment.at, payload))
    return false;  // the journal has failed: flush() says why
  const auto images = decode_images(payload);
  const bool folded = images && state_.put(*images, moment.sequence, moment.at);
  AUTHD_ASSERT(folded);  // encoded a moment ago
  return true;
}

}  // namespace authd::store
