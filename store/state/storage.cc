#include "store/state/storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

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

// Writes imported rows to the snapshot in large transactions, without a header: unfinished until
// finish().
class Importer {
 public:
  explicit Importer(Snapshot& snapshot) : snapshot_(snapshot) {}

  void add(const core::Row& row) {
    const RowKey key = key_of(row);
    value_.clear();
    encode_value(key, row, value_);
    table_->put(key.view(), value_, {});
    if (table_->rows() == Snapshot::rows_per_transaction) write(nullptr);
  }
  core::Result<void, SnapshotError> finish(const SnapshotHeader& header) {
    write(&header);
    return result_;
  }

 private:
  void write(const SnapshotHeader* header) {
    if (result_) result_ = snapshot_.commit(table_->sorted(), header);
    table_ = std::make_unique<Table>();
  }

  Snapshot& snapshot_;
  std::unique_ptr<Table> table_ = std::make_unique<Table>();
  std::vector<std::byte> value_;
  core::Result<void, SnapshotError> result_;
};

// An empty snapshot gets its header: at the start of all things, or complete up to what was
// imported.
core::Result<SnapshotHeader, StorageError> first_header(Snapshot& snapshot,
                                                        const Storage::Import& import) {
  if (const auto cleared = snapshot.clear(); !cleared) return Unexpected{failed(cleared.error())};
  Importer importer(snapshot);
  SnapshotHeader header;
  header.has_journal = false;
  if (import) {
    const auto complete = import([&importer](const core::Row& row) { importer.add(row); });
    if (!complete) return Unexpected{failed(Code::import)};
    header = {*complete, *complete, false};
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

// flock on a file of the directory: released by the kernel however the process ends.
class Storage::Lock {
 public:
  static core::Result<std::unique_ptr<Lock>, StorageError> take(
      const std::filesystem::path& directory) {
    const int fd = ::open((directory / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Unexpected{failed(Code::directory, errno)};
    auto lock = std::unique_ptr<Lock>(new Lock(fd));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    return Unexpected{errno == EWOULDBLOCK ? failed(Code::in_use) : failed(Code::directory, errno)};
  }
  ~Lock() { ::close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

core::Result<std::unique_ptr<Storage>, StorageError> Storage::open(
    const Options& options, std::vector<core::Program> programs, const Import& import) {
  std::error_code created;
  std::filesystem::create_directories(options.directory, created);
  if (created) return Unexpected{failed(Code::directory, created.value())};
  AUTHD_TRY(lock, Lock::take(options.directory));

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

  auto state = LiveState::open(*snapshot, std::move(programs));
  if (!state) return Unexpected{failed(state.error())};
  auto storage = std::unique_ptr<Storage>(
      new Storage(std::move(lock), std::move(*snapshot), std::move(*state), header));
  AUTHD_TRY_VOID(storage->open_journal(options));
  return storage;
}

Storage::Storage(std::unique_ptr<Lock> lock, Snapshot snapshot, LiveState state,
                 SnapshotHeader opened_at)
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
  const auto fold = [&](const RecordView& record) {
    const auto images = record.version == record_version ? decode_images(record.payload)
                                                         : Unexpected{FormatError::version};
    if (!images) {
      bad_record = failed(Code::record);
      bad_record->format = images.error();
      bad_record->sequence = record.sequence;
      return false;
    }
    state_.put(*images, record.sequence);
    replayed_records_ += 1;
    return true;
  };
  auto journal = Journal::open(journal_options, {opened_at_.applied.value + 1}, fold);
  if (bad_record) return Unexpected{*bad_record};
  if (!journal && journal.error().fault == JournalFault::beyond_end) {
    StorageError behind = failed(Code::journal_behind);
    behind.sequence = opened_at_.applied;
    return Unexpected{behind};
  }
  if (!journal) return Unexpected{failed(journal.error())};
  journal_ = std::move(*journal);
  last_record_at_ = journal_->recovered().last_at;

  if (!opened_at_.has_journal) {
    opened_at_.has_journal = true;
    if (const auto written = snapshot_.commit({}, &opened_at_); !written) {
      return Unexpected{failed(written.error())};
    }
  }
  return {};
}

bool Storage::record(const core::Command& command, const core::Applied& applied, core::Timestamp at,
                     std::vector<std::byte>& payload) {
  encode_record(command, applied, payload);
  const core::Sequence sequence = journal_->next_sequence();
  const auto kind = static_cast<std::uint16_t>(kind_of(command));
  if (!journal_->fits(payload.size())) return false;
  if (!journal_->append(kind, record_version, at, payload))
    return false;  // the journal has failed: flush() says why
  const auto images = decode_images(payload);
  AUTHD_ASSERT(images);  // encoded a moment ago
  state_.put(*images, sequence);
  return true;
}

}  // namespace authd::store
