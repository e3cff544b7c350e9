#include "store/audit/rebuild.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "store/replay/journal_files.h"
#include "store/state/snapshot_import.h"

namespace authd::store {

namespace {

namespace fs = std::filesystem;
using core::Result;
using core::Unexpected;
using Code = RebuildError::Code;

RebuildError failed(StorageError::Code code, int system_error = 0) {
  RebuildError error;
  error.storage.code = code;
  error.storage.system_error = system_error;
  return error;
}

RebuildError failed(const SnapshotError& snapshot) {
  RebuildError error = failed(StorageError::Code::snapshot);
  error.storage.snapshot = snapshot;
  return error;
}

RebuildError failed(const JournalError& journal) {
  RebuildError error = failed(StorageError::Code::journal);
  error.storage.journal = journal;
  return error;
}

RebuildError failed(const RecordView& record, FormatError format) {
  RebuildError error = failed(StorageError::Code::record);
  error.storage.format = format;
  error.storage.sequence = record.sequence;
  return error;
}

RebuildError failed(const fs::path& path, int system_error) {
  RebuildError error;
  error.code = Code::files;
  error.path = path;
  error.system_error = system_error;
  return error;
}

Result<void, RebuildError> sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Unexpected{failed(path, errno)};
  const int refused = fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (refused != 0) return Unexpected{failed(path, refused)};
  return {};
}

Result<void, RebuildError> make_directory(const fs::path& path) {
  std::error_code refused;
  fs::create_directories(path, refused);
  if (refused) return Unexpected{failed(path, refused.value())};
  return {};
}

// Nothing to do where there is nothing.
Result<void, RebuildError> move(const fs::path& from, const fs::path& to) {
  std::error_code refused;
  if (!fs::exists(from, refused)) return {};
  fs::rename(from, to, refused);
  if (refused) return Unexpected{failed(from, refused.value())};
  return {};
}

class Rebuild {
 public:
  Rebuild(const RebuildOptions& options, const Storage::Import& import)
      : options_(options),
        import_(import),
        state_(options.state.directory),
        work_(Storage::rebuild_begun(state_).parent_path()) {}

  Result<RebuildReport, RebuildError> run() {
    AUTHD_TRY_VOID(make_directory(state_));
    const auto lock = StateLock::take(state_);
    if (!lock) {
      const bool in_use = lock.error().in_use;
      return Unexpected{in_use ? failed(StorageError::Code::in_use)
                               : failed(state_, lock.error().system_error)};
    }
    AUTHD_TRY_VOID(clear_work());
    AUTHD_TRY_VOID(import());
    AUTHD_TRY_VOID(look_at_journal());
    AUTHD_TRY_VOID(write_header());
    AUTHD_TRY_VOID(read_back());
    snapshot_.reset();
    AUTHD_TRY_VOID(replace());
    return report_;
  }

 private:
  // What an earlier rebuild has left; the mark that it had begun to replace stays.
  Result<void, RebuildError> clear_work() {
    AUTHD_TRY_VOID(make_directory(work_));
    for (const char* name : {"snapshot", "imported", "imported.unfinished", "journal"}) {
      std::error_code refused;
      fs::remove_all(work_ / name, refused);
      if (refused) return Unexpected{failed(work_ / name, refused.value())};
    }
    return {};
  }

  Result<void, RebuildError> import() {
    auto snapshot =
        Snapshot::open({work_ / "snapshot", options_.state.map_bytes, options_.state.shard});
    if (!snapshot) return Unexpected{failed(snapshot.error())};
    snapshot_.emplace(std::move(*snapshot));
    SnapshotImport rows(*snapshot_);
    const auto complete = import_([&rows](const core::Row& row) { rows.add(row); });
    if (!complete) return Unexpected{failed(StorageError::Code::import)};
    if (!rows.is_readable()) {
      RebuildError error = failed(StorageError::Code::import);
      error.storage.format = FormatError::malformed;
      return Unexpected{error};
    }
    header_ = {*complete, rows.last_at(), *complete, false};
    report_.drained = report_.last = *complete;
    report_.rows = rows.rows();
    if (const auto done = rows.finish(header_); !done) return Unexpected{failed(done.error())};
    return {};
  }

  // What becomes of the journal, and its last record.
  Result<void, RebuildError> look_at_journal() {
    if (!options_.journal.empty()) {
      std::error_code refused;
      fs::copy(options_.journal, work_ / "journal", fs::copy_options::recursive, refused);
      if (refused) return Unexpected{failed(options_.journal, refused.value())};
      for (const auto& file : fs::directory_iterator(work_ / "journal", refused)) {
        AUTHD_TRY_VOID(sync(file.path()));
      }
      AUTHD_TRY_VOID(sync(work_ / "journal"));
    }
    const JournalDirectory directory{journal(), options_.state.shard};
    std::error_code ignored;
    if (!fs::exists(journal(), ignored)) {
      report_.journal = JournalFate::begun;
      return {};
    }
    auto found = open_kept(directory, std::nullopt);
    if (!found) {
      const bool is_empty = found.error().fault == JournalFault::missing_journal;
      if (!is_empty || !options_.journal.empty()) return Unexpected{failed(found.error())};
      report_.journal = JournalFate::begun;
      return {};
    }
    const auto scanned = scan(directory, core::Sequence{~std::uint64_t{0}}, nullptr);
    if (!scanned) return Unexpected{failed(scanned.error())};
    return judge(found->first, scanned->next_sequence);
  }

  // `first`: of the records that are kept; `next`: the one to come, 0 where there never was one.
  Result<void, RebuildError> judge(core::Sequence first, core::Sequence next) {
    const core::Sequence wanted{report_.drained.value + 1};
    if (next.value == 0) {
      report_.journal = JournalFate::begun;
    } else if (next < wanted) {
      report_.journal = JournalFate::overtaken;
    } else if (first <= wanted) {
      report_.journal = JournalFate::kept;
      report_.last = {next.value - 1};
    } else if (options_.accept_loss) {
      report_.journal = JournalFate::given_up;
      report_.lost_from = wanted;
      report_.lost_to = {next.value - 1};
    } else {
      RebuildError error;
      error.code = Code::gap;
      error.from = wanted;
      error.to = {first.value - 1};
      return Unexpected{error};
    }
    return {};
  }

  // The copy is for replays: what the journal's records after the mark build on.
  Result<void, RebuildError> write_header() {
    header_.has_journal = report_.journal == JournalFate::kept;
    const auto written = snapshot_->commit({}, &header_);
    if (!written) return Unexpected{failed(written.error())};
    const auto copied = snapshot_->copy_to(work_ / "imported");
    if (!copied) return Unexpected{failed(copied.error())};
    return {};
  }

  // Everything once, as a daemon would read it.
  Result<void, RebuildError> read_back() const {
    auto state = LiveState::open(*snapshot_);
    if (!state) return Unexpected{unreadable(state.error())};
    const auto rows = Snapshot::ReadTxn::begin(*snapshot_);
    if (!rows) return Unexpected{unreadable(rows.error())};
    bool is_readable = true;
    for (char kind = 'A'; kind <= 'Z'; ++kind) {
      const auto read = rows->scan({&kind, 1}, [&](std::string_view key, Bytes value) {
        is_readable = is_readable && decode_row(key, value);
        return is_readable;
      });
      if (!read) return Unexpected{unreadable(read.error())};
    }
    if (!is_readable) return Unexpected{unreadable({SnapshotError::Code::corrupt})};
    return report_.journal == JournalFate::kept ? fold_journal(*state)
                                                : Result<void, RebuildError>();
  }

  Result<void, RebuildError> fold_journal(LiveState& state) const {
    auto kept =
        open_kept({journal(), options_.state.shard}, core::Sequence{header_.applied.value + 1});
    if (!kept) return Unexpected{failed(kept.error())};
    while (kept->reader.next_sequence() <= report_.last) {
      const auto record = kept->reader.next();
      if (!record) return Unexpected{failed(record.error())};
      if (!*record) break;
      const auto decoded = decode(**record);
      if (!decoded) return Unexpected{failed(**record, decoded.error())};
      const auto images = decode_images((*record)->payload);
      const auto folded = state.put(*images, (*record)->sequence, (*record)->at);
      if (!folded) return Unexpected{failed(**record, folded.error())};
    }
    return {};
  }

  Result<void, RebuildError> replace() {
    const fs::path begun = Storage::rebuild_begun(state_);
    const int fd = ::open(begun.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Unexpected{failed(begun, errno)};
    ::close(fd);
    AUTHD_TRY_VOID(sync(work_));
    AUTHD_TRY_VOID(sync(state_));

    const fs::path aside = state_ / options_.replaced;
    AUTHD_TRY_VOID(make_directory(aside));
    AUTHD_TRY_VOID(move(state_ / "snapshot", aside / "snapshot"));
    AUTHD_TRY_VOID(move(Storage::imported(state_), aside / "imported"));
    const bool keeps_own = report_.journal == JournalFate::kept && options_.journal.empty();
    if (!keeps_own) AUTHD_TRY_VOID(move(state_ / "journal", aside / "journal"));
    if (report_.journal == JournalFate::kept) {
      AUTHD_TRY_VOID(move(work_ / "journal", state_ / "journal"));
    }
    AUTHD_TRY_VOID(move(work_ / "imported", Storage::imported(state_)));
    AUTHD_TRY_VOID(move(work_ / "snapshot", state_ / "snapshot"));
    AUTHD_TRY_VOID(sync(aside));
    AUTHD_TRY_VOID(sync(state_));

    std::error_code refused;
    fs::remove_all(work_, refused);
    if (refused) return Unexpected{failed(work_, refused.value())};
    return sync(state_);
  }

  fs::path journal() const {
    return options_.journal.empty() ? state_ / "journal" : work_ / "journal";
  }

  static RebuildError unreadable(const SnapshotError& snapshot) {
    RebuildError error = failed(snapshot);
    error.code = Code::readback;
    return error;
  }

  const RebuildOptions& options_;
  const Storage::Import& import_;
  const fs::path state_;
  const fs::path work_;
  std::optional<Snapshot> snapshot_;
  SnapshotHeader header_;
  RebuildReport report_;
};

}  // namespace

Result<RebuildReport, RebuildError> rebuild(const RebuildOptions& options,
                                            const Storage::Import& import) {
  return Rebuild(options, import).run();
}

}  // namespace authd::store
