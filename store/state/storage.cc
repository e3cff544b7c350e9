#include "store/state/storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
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

// A moment that is over for certain, because the row remembers it.
struct KnownTime {
  core::Timestamp operator()(const core::Message& r) const { return r.decided_at; }
  core::Timestamp operator()(const core::Notice& r) const { return r.at; }
  core::Timestamp operator()(const core::Authorization& r) const { return r.opened_at; }
  template <class Other>
  core::Timestamp operator()(const Other&) const {
    return {};
  }
};

// Writes imported rows to the snapshot in large transactions, without a header: unfinished until
// finish().
class Importer {
 public:
  explicit Importer(Snapshot& snapshot) : snapshot_(snapshot) {}

  // Rows come from elsewhere: one that could not be read back ends the import.
  void add(const core::Row& row) {
    const RowKey key = key_of(row);
    value_.clear();
    encode_value(key, row, value_);
    if (!decode_row(key.view(), value_)) is_readable_ = false;
    last_at_ = std::max(last_at_, std::visit(KnownTime{}, row));
    table_->put(key.view(), value_, {}, {});
    if (table_->rows() == Snapshot::rows_per_transaction) write(nullptr);
  }
  bool is_readable() const noexcept { return is_readable_; }
  core::Timestamp last_at() const noexcept { return last_at_; }  // that a row knows of
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
  core::Timestamp last_at_;
  bool is_readable_ = true;
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

core::Result<std::unique_ptr<Storage>, StorageError> Storage::open(const Options& options,
                                                                   const Import& import) {
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
  // Before the journal's first record, so that there is never one without what it builds on.
  const std::filesystem::path copy = imported(options.directory);
  if (import && !header.has_journal && !std::filesystem::exists(copy, created)) {
    if (const auto copied = snapshot->copy_to(copy); !copied)
      return Unexpected{failed(copied.error())};
  }

  auto state = LiveState::open(*snapshot);
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
