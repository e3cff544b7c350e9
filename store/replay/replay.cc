#include "store/replay/replay.h"

#include <algorithm>

#include "core/memory_state.h"
#include "store/replay/journal_files.h"
#include "store/state/live_state.h"

namespace authd::store {

namespace {

using core::Result;
using core::Sequence;
using core::Unexpected;
using Code = ReplayError::Code;
using RowDifference = Difference::RowDifference;

ReplayError failed(const JournalError& error) { return {.code = Code::journal, .journal = error}; }
ReplayError failed(const SnapshotError& error) {
  return {.code = Code::snapshot, .snapshot = error};
}
ReplayError failed(const RecordView& view, FormatError error) {
  return {.code = Code::record, .format = error, .sequence = view.sequence};
}

// The state that starts empty.
struct Fresh {
  core::MemoryState state;

  Result<void, FormatError> fold(const RecordView&, const Record& recorded) {
    for (const core::Row& row : recorded.rows) state.put(row);
    return {};
  }
};

// The state that starts as a snapshot.
struct Based {
  LiveState& state;

  Result<void, FormatError> fold(const RecordView& view, const Record&) {
    AUTHD_TRY(images, decode_images(view.payload));
    return state.put(images, view.sequence, view.at);
  }
};

std::optional<core::Row> row_like(const core::Row& row, const std::vector<core::Row>& rows) {
  const RowKey key = key_of(row);
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&key](const core::Row& other) { return key_of(other) == key; });
  return found == rows.end() ? std::nullopt : std::optional(*found);
}

std::vector<RowDifference> compare(const std::vector<core::Row>& recorded,
                                   const std::vector<core::Row>& replayed) {
  std::vector<RowDifference> differences;
  for (const core::Row& row : recorded) {
    auto other = row_like(row, replayed);
    if (other != row) differences.push_back({row, std::move(other)});
  }
  for (const core::Row& row : replayed) {
    if (!row_like(row, recorded)) differences.push_back({std::nullopt, row});
  }
  return differences;
}

// What differs, if anything does: bytes can, where an older version wrote the same in another way.
std::optional<Difference> difference(const Record& recorded, const core::Applied& replayed) {
  Difference found;
  found.outcome = recorded.outcome != replayed.outcome;
  found.explanation = recorded.explanation != replayed.explanation;
  found.rows = compare(recorded.rows, replayed.rows);
  found.order = found.rows.empty() && recorded.rows != replayed.rows;
  if (!found.outcome && !found.explanation && !found.order && found.rows.empty()) {
    return std::nullopt;
  }
  found.recorded = recorded;
  found.replayed = replayed;
  return found;
}

// Replays records on one state.
template <class Base>
class Player {
 public:
  Player(Base& base, Sequence first, std::size_t differences_max)
      : base_(base), differences_max_(differences_max) {
    report_.first = report_.next = first;
  }

  Result<void, ReplayError> play(const RecordView& view) {
    const auto recorded = decode(view);
    if (!recorded) return Unexpected{failed(view, recorded.error())};
    decide(view, *recorded);
    if (const auto folded = base_.fold(view, *recorded); !folded) {
      return Unexpected{failed(view, folded.error())};
    }
    ++report_.records[view.kind];  // a kind that decodes
    report_.next = {view.sequence.value + 1};
    return {};
  }

  ReplayReport report() && { return std::move(report_); }

 private:
  void decide(const RecordView& view, const Record& recorded) {
    const auto applied = core::apply(base_.state, recorded.command, recorded.moment, applied_);
    if (!applied) {
      Difference fault;
      fault.recorded = recorded;
      fault.fault = applied.error();
      return keep(std::move(fault));
    }
    encode_record(recorded.command, recorded.moment, applied_, payload_);
    if (std::equal(payload_.begin(), payload_.end(), view.payload.begin(), view.payload.end())) {
      return;
    }
    if (auto found = difference(recorded, applied_)) keep(std::move(*found));
  }

  void keep(Difference found) {
    if (report_.differing++ < differences_max_) report_.differences.push_back(std::move(found));
  }

  Base& base_;
  const std::size_t differences_max_;
  ReplayReport report_;
  core::Applied applied_;  // again for every record, like payload_
  std::vector<std::byte> payload_;
};

template <class Base>
Result<ReplayReport, ReplayError> play_all(Base& base, KeptRecords& kept,
                                           std::size_t differences_max) {
  Player<Base> player(base, kept.first, differences_max);
  for (;;) {
    const auto view = kept.reader.next();
    if (!view) return Unexpected{failed(view.error())};
    if (!*view) return std::move(player).report();
    AUTHD_TRY_VOID(player.play(**view));
  }
}

Result<ReplayReport, ReplayError> replay_from_nothing(const ReplayOptions& options) {
  auto kept = open_kept(options.journal, std::nullopt);
  if (!kept) return Unexpected{failed(kept.error())};
  if (kept->first != Sequence{1}) {
    return Unexpected{ReplayError{.code = Code::base_needed, .sequence = kept->first}};
  }
  Fresh fresh;
  return play_all(fresh, *kept, options.differences_max);
}

// Snapshot::open creates what is missing; here that would only hide a wrong path.
bool is_snapshot(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::exists(directory / "data.mdb", ignored);
}

Result<KeptRecords, ReplayError> open_behind(const ReplayOptions& options, Sequence base) {
  auto kept = open_kept(options.journal, Sequence{base.value + 1});
  if (kept) return std::move(*kept);
  if (kept.error().fault == JournalFault::beyond_end) {
    return Unexpected{ReplayError{.code = Code::base_too_new, .base = base}};
  }
  if (kept.error().fault != JournalFault::missing_history) return Unexpected{failed(kept.error())};
  const auto oldest = open_kept(options.journal, std::nullopt);
  if (!oldest) return Unexpected{failed(oldest.error())};
  return Unexpected{
      ReplayError{.code = Code::base_too_old, .sequence = oldest->first, .base = base}};
}

Result<ReplayReport, ReplayError> replay_from(const std::filesystem::path& directory,
                                              const ReplayOptions& options) {
  if (!is_snapshot(directory)) return Unexpected{ReplayError{.code = Code::base_missing}};
  const auto snapshot = Snapshot::open({directory, options.map_bytes, options.journal.shard});
  if (!snapshot) return Unexpected{failed(snapshot.error())};
  const auto header = snapshot->header();
  if (!header) return Unexpected{failed(header.error())};
  if (!*header) return Unexpected{ReplayError{.code = Code::base_missing}};
  auto state = LiveState::open(*snapshot);
  if (!state) return Unexpected{failed(state.error())};
  AUTHD_TRY(kept, open_behind(options, (*header)->applied));
  Based based{*state};
  return play_all(based, kept, options.differences_max);
}

}  // namespace

Result<ReplayReport, ReplayError> replay(const ReplayOptions& options) {
  return options.base ? replay_from(*options.base, options) : replay_from_nothing(options);
}

}  // namespace authd::store
