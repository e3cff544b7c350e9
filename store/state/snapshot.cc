#include "store/state/snapshot.h"

#include <array>
#include <cerrno>
#include <system_error>

#include "store/journal/crc32c.h"

namespace authd::store {

namespace {

using core::Unexpected;

constexpr char header_key_byte = 0;
constexpr std::string_view header_key(&header_key_byte, 1);
constexpr std::uint16_t header_version = 3;
constexpr unsigned readers_max = 8;  // the sequencer, the audit, a few tools
constexpr mdb_mode_t file_mode = 0600;

MDB_val val(std::string_view text) noexcept {
  return {text.size(), const_cast<char*>(text.data())};
}
MDB_val val(Bytes bytes) noexcept { return {bytes.size(), const_cast<std::byte*>(bytes.data())}; }

std::vector<std::byte> encode_header(const SnapshotHeader& header, std::uint32_t shard) {
  std::vector<std::byte> bytes;
  {
    Encoder out(bytes);
    out.number(header_version);
    out.number(shard);
    out.number(header.applied.value);
    out.number(header.applied_at.unix_us);
    out.number(header.drained.value);
    out.flag(header.has_journal);
    out.number(crc32c(out.written_from(0)));
  }
  return bytes;
}

core::Result<SnapshotHeader, SnapshotError> decode_header(Bytes bytes, std::uint32_t shard) {
  using Code = SnapshotError::Code;
  constexpr std::size_t crc_bytes = 4;
  if (bytes.size() < crc_bytes) return Unexpected{SnapshotError{Code::corrupt}};
  const Bytes fields = bytes.first(bytes.size() - crc_bytes);
  if (Decoder(bytes.last(crc_bytes)).number<std::uint32_t>() != crc32c(fields)) {
    return Unexpected{SnapshotError{Code::corrupt}};
  }
  Decoder in(fields);
  if (in.number<std::uint16_t>() != header_version) return Unexpected{SnapshotError{Code::version}};
  const auto stored_shard = in.number<std::uint32_t>();
  SnapshotHeader header;
  header.applied = {in.number<std::uint64_t>()};
  header.applied_at = {in.number<std::int64_t>()};
  header.drained = {in.number<std::uint64_t>()};
  header.has_journal = in.flag();
  if (!in.at_end()) return Unexpected{SnapshotError{Code::corrupt}};
  if (stored_shard != shard) return Unexpected{SnapshotError{Code::not_ours}};
  return header;
}

class WriteTxn {
 public:
  static core::Result<WriteTxn, SnapshotError> begin(MDB_env* environment) {
    MDB_txn* txn = nullptr;
    if (const int code = mdb_txn_begin(environment, nullptr, 0, &txn); code != MDB_SUCCESS) {
      return Unexpected{snapshot_error(code)};
    }
    return WriteTxn(txn);
  }
  MDB_txn* get() const noexcept { return txn_.get(); }
  core::Result<void, SnapshotError> commit() && {
    if (const int code = mdb_txn_commit(txn_.release()); code != MDB_SUCCESS) {
      return Unexpected{snapshot_error(code)};
    }
    return {};
  }

 private:
  explicit WriteTxn(MDB_txn* txn) : txn_(txn, mdb_txn_abort) {}
  std::unique_ptr<MDB_txn, void (*)(MDB_txn*)> txn_;
};

}  // namespace

std::string_view name(SnapshotError::Code code) noexcept {
  switch (code) {
    case SnapshotError::Code::open: return "cannot be opened";
    case SnapshotError::Code::not_ours: return "belongs to another shard";
    case SnapshotError::Code::version: return "was written by another version";
    case SnapshotError::Code::corrupt: return "is corrupt";
    case SnapshotError::Code::map_full: return "has used up its map size";
    case SnapshotError::Code::disk: return "was refused by the disk";
  }
  return "unknown";
}

SnapshotError snapshot_error(int lmdb_code) noexcept {
  switch (lmdb_code) {
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INVALID: return {SnapshotError::Code::corrupt, lmdb_code};
    case MDB_VERSION_MISMATCH: return {SnapshotError::Code::version, lmdb_code};
    case MDB_MAP_FULL:
    case MDB_TXN_FULL: return {SnapshotError::Code::map_full, lmdb_code};
    default: return {SnapshotError::Code::disk, lmdb_code};
  }
}

core::Result<Snapshot, SnapshotError> Snapshot::open(const Options& options) {
  std::error_code created;
  std::filesystem::create_directories(options.directory, created);
  if (created) return Unexpected{SnapshotError{SnapshotError::Code::open, created.value()}};

  MDB_env* raw = nullptr;
  if (const int code = mdb_env_create(&raw); code != MDB_SUCCESS)
    return Unexpected{snapshot_error(code)};
  std::unique_ptr<MDB_env, Close> environment(raw);
  mdb_env_set_mapsize(raw, options.map_bytes);
  mdb_env_set_maxreaders(raw, readers_max);
  if (const int code = mdb_env_open(raw, options.directory.c_str(), MDB_NOTLS, file_mode);
      code != MDB_SUCCESS) {
    const SnapshotError error = snapshot_error(code);
    const bool refused = error.code == SnapshotError::Code::disk;
    return Unexpected{refused ? SnapshotError{SnapshotError::Code::open, code} : error};
  }

  AUTHD_TRY(txn, WriteTxn::begin(raw));
  MDB_dbi rows = 0;
  if (const int code = mdb_dbi_open(txn.get(), nullptr, 0, &rows); code != MDB_SUCCESS) {
    return Unexpected{snapshot_error(code)};
  }
  AUTHD_TRY_VOID(std::move(txn).commit());
  return Snapshot(environment.release(), rows, options.shard);
}

core::Result<std::optional<SnapshotHeader>, SnapshotError> Snapshot::header() const {
  AUTHD_TRY(txn, ReadTxn::begin(*this));
  AUTHD_TRY(bytes, txn.get(header_key));
  if (!bytes) return std::optional<SnapshotHeader>{};
  AUTHD_TRY(header, decode_header(*bytes, shard_));
  return std::optional{header};
}

core::Result<void, SnapshotError> Snapshot::commit(std::span<const Table::Entry> rows,
                                                   const SnapshotHeader* header) {
  AUTHD_TRY(txn, WriteTxn::begin(environment_.get()));
  const auto put = [&](MDB_val key, MDB_val value) {
    return mdb_put(txn.get(), rows_, &key, &value, 0);
  };
  for (const Table::Entry& row : rows) {
    if (const int code = put(val(row.key), val(row.value)); code != MDB_SUCCESS) {
      return Unexpected{snapshot_error(code)};
    }
  }
  if (header != nullptr) {
    const std::vector<std::byte> bytes = encode_header(*header, shard_);
    if (const int code = put(val(header_key), val(bytes)); code != MDB_SUCCESS) {
      return Unexpected{snapshot_error(code)};
    }
  }
  return std::move(txn).commit();
}

core::Result<void, SnapshotError> Snapshot::clear() {
  AUTHD_TRY(txn, WriteTxn::begin(environment_.get()));
  if (const int code = mdb_drop(txn.get(), rows_, 0); code != MDB_SUCCESS) {
    return Unexpected{snapshot_error(code)};
  }
  return std::move(txn).commit();
}

core::Result<void, SnapshotError> Snapshot::copy_to(const std::filesystem::path& directory) const {
  const std::filesystem::path unfinished = directory.string() + ".unfinished";
  std::error_code failed;
  std::filesystem::remove_all(unfinished, failed);
  std::filesystem::create_directories(unfinished, failed);
  if (failed) return Unexpected{snapshot_error(failed.value())};
  // LMDB flushes the copy before it says that it is done.
  if (const int code = mdb_env_copy2(environment_.get(), unfinished.c_str(), MDB_CP_COMPACT);
      code != MDB_SUCCESS) {
    return Unexpected{snapshot_error(code)};
  }
  std::filesystem::rename(unfinished, directory, failed);
  if (failed) return Unexpected{snapshot_error(failed.value())};
  return {};
}

unsigned Snapshot::used_percent() const {
  MDB_envinfo usage{};
  MDB_stat stat{};
  mdb_env_info(environment_.get(), &usage);
  mdb_env_stat(environment_.get(), &stat);
  const std::size_t used = (usage.me_last_pgno + 1) * stat.ms_psize;
  return static_cast<unsigned>(used / (usage.me_mapsize / 100));
}

core::Result<Snapshot::ReadTxn, SnapshotError> Snapshot::ReadTxn::begin(const Snapshot& snapshot) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(snapshot.environment_.get(), nullptr, MDB_RDONLY, &txn);
      code != MDB_SUCCESS) {
    return Unexpected{snapshot_error(code)};
  }
  return ReadTxn(txn, snapshot.rows_);
}

core::Result<void, SnapshotError> Snapshot::ReadTxn::renew() {
  mdb_txn_reset(txn_.get());
  if (const int code = mdb_txn_renew(txn_.get()); code != MDB_SUCCESS)
    return Unexpected{snapshot_error(code)};
  return {};
}

core::Result<std::optional<Bytes>, SnapshotError> Snapshot::ReadTxn::get(
    std::string_view key) const {
  MDB_val wanted = val(key);
  MDB_val value{};
  const int code = mdb_get(txn_.get(), rows_, &wanted, &value);
  if (code == MDB_NOTFOUND) return std::optional<Bytes>{};
  if (code != MDB_SUCCESS) return Unexpected{snapshot_error(code)};
  return std::optional{Bytes(static_cast<const std::byte*>(value.mv_data), value.mv_size)};
}

}  // namespace authd::store
