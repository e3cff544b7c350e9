#include "authd/audit/offline_audit.h"

#include <fmt/format.h>

#include "authd/audit/audit_errors.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "store/mirror/slot.h"
#include "store/replay/journal_files.h"
#include "store/state/live_state.h"
#include "store/state/state_lock.h"

namespace authd {

namespace {

using core::Unexpected;

Unexpected<OfflineAuditError> failed(std::string text) {
  return Unexpected{OfflineAuditError{false, std::move(text)}};
}

// The mark of the mirror that the state has, in the snapshot or in the journal's records after it.
std::optional<core::MirrorMark> mirror_mark(const store::Snapshot& snapshot,
                                            const store::JournalSource& journal) {
  auto state = store::LiveState::open(snapshot);
  const auto header = snapshot.header();
  if (!state || !header || !*header) return std::nullopt;
  auto reader = journal.open({(*header)->applied.value + 1});
  if (!reader) return std::nullopt;
  for (;;) {
    const auto record = reader->next();
    if (!record) return std::nullopt;
    if (!*record) break;
    if ((*record)->kind != static_cast<std::uint16_t>(store::RecordKind::mirror_marked)) continue;
    const auto images = store::decode_images((*record)->payload);
    if (!images || !state->put(*images, (*record)->sequence, (*record)->at)) return std::nullopt;
  }
  const auto mark = state->mirror_mark();
  return mark ? *mark : std::nullopt;
}

// Whether the mirror's slot has nothing from `mark` on that the publication is about. False also
// where that cannot be found out.
bool nothing_to_take_over(const Config& config, std::uint64_t mark) {
  const auto options = connection_options(*config.postgres, "authd audit");
  auto connection = store::Connection::connect(options);
  if (!connection) return false;
  const auto waiting = connection->exec(
      "SELECT count(*) FROM pg_logical_slot_peek_binary_changes($1::text::name, NULL, NULL,"
      " 'proto_version', '1', 'publication_names', 'authd') WHERE lsn >= $2::text::pg_lsn",
      store::PgParams().text(slot_name(config)).text(store::to_text(mark)));
  return waiting && waiting->number<std::int64_t>(0, 0) == 0;
}

}  // namespace

store::AuditOptions audit_options(const Config& config) {
  store::AuditOptions options;
  options.scratch = config.state.directory / "audit";
  options.map_bytes = config.state.map_bytes;
  options.shard = static_cast<std::int32_t>(config.state.shard);
  options.connection = connection_options(*config.postgres, "authd audit");
  options.connection.statement_timeout = std::chrono::minutes(30);  // it reads whole tables
  options.now = wall_clock_now();
  return options;
}

core::Result<store::AuditReport, OfflineAuditError> audit_offline(
    const Config& config, const std::function<void(store::AuditStep, std::uint64_t)>& progress) {
  const std::filesystem::path place = config.state.directory / "snapshot";
  std::error_code ignored;
  if (!std::filesystem::exists(place / "data.mdb", ignored)) {
    return failed(fmt::format("{}: there is no snapshot", place.string()));
  }
  const auto lock = store::StateLock::take(config.state.directory);
  if (!lock) {
    store::StorageError error{};
    error.code = lock.error().in_use ? store::StorageError::Code::in_use
                                     : store::StorageError::Code::directory;
    error.system_error = lock.error().system_error;
    return Unexpected{OfflineAuditError{lock.error().in_use, describe(error)}};
  }
  auto snapshot = store::Snapshot::open({place, config.state.map_bytes, config.state.shard});
  if (!snapshot) return failed(describe(snapshot.error()));

  const store::JournalDirectory directory{(config.state.directory / "journal").string(),
                                          config.state.shard};
  const auto end = store::scan(directory, core::Sequence{~std::uint64_t{0}}, nullptr);
  if (!end) return failed(describe(end.error()));
  const core::Sequence last{std::max<std::uint64_t>(end->next_sequence.value, 1) - 1};

  store::AuditOptions options = audit_options(config);
  options.journal = {[&](core::Sequence from) { return store::Reader::open(directory, from); },
                     [&] { return last; }};
  options.drain_wait = options.mirror_wait = std::chrono::milliseconds(0);  // nobody goes on
  options.mirror_required = false;
  options.progress = progress;
  if (config.postgres->mirror) {
    const auto mark = mirror_mark(*snapshot, options.journal);
    options.mirror_has_reached = [&config, mark](std::uint64_t) {
      return mark && nothing_to_take_over(config, mark->end_lsn);
    };
  }
  auto report = store::audit(*snapshot, options);
  if (!report) return failed(describe(report.error()));
  return std::move(*report);
}

}  // namespace authd
