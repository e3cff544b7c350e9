#include "store/mirror/follower.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Deleted rows whose keys are kept until they are looked up together.
constexpr std::size_t gone_max = 100'000;

core::Timestamp now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

MirrorFailure malformed(const pgoutput::Malformed& error) {
  return {MirrorState::connecting,
          "a message of the stream is malformed at byte " + std::to_string(error.offset)};
}

MirrorFailure protocol_violation() {
  return {MirrorState::connecting, "a message of the stream is out of place"};
}

}  // namespace

Follower::Follower(const MirrorOptions& options, MirrorBoard& board, Handover& handover,
                   core::MirrorMark& mark, Links links)
    : options_(options),
      board_(board),
      handover_(handover),
      mark_(mark),
      links_(std::move(links)),
      reached_(mark.end_lsn),
      last_message_(steady_clock::now()),
      next_incarnation_(steady_clock::now() + options.incarnation_interval) {}

MirrorTry<void> Follower::run(Connection& stream, const std::stop_token& stop,
                              steady_clock::time_point comparable_from) {
  while (!stop.stop_requested()) {
    const auto message = stream.next_copy(patience());
    if (!message) return Unexpected{failed(message.error())};
    if (*message) {
      AUTHD_TRY_VOID(take((*message)->bytes()));
    } else if (!is_open_) {
      AUTHD_TRY_VOID(settle());
    }
    AUTHD_TRY_VOID(keep_in_touch());
    if (handover_.is_comparison_owed() && !is_open_ && steady_clock::now() >= comparable_from) {
      return Unexpected{MirrorFailure{
          MirrorState::comparing, "the state has refused a row", {}, CompareReason::refused}};
    }
  }
  return {};
}

// With complete transactions at hand nothing is waited for.
milliseconds Follower::patience() const {
  if (!is_open_ && !committed_.empty()) return milliseconds(0);
  const auto left = std::chrono::ceil<milliseconds>(next_heartbeat_ - steady_clock::now());
  return std::clamp(left, milliseconds(0), options_.heartbeat_interval);
}

// What was complete before a message that cannot be understood must not wait with it.
MirrorTry<void> Follower::take(Bytes message) {
  const auto taken = decode(message);
  if (!taken && taken.error().fault && !committed_.empty()) AUTHD_TRY_VOID(settle());
  return taken;
}

MirrorTry<void> Follower::decode(Bytes message) {
  last_message_ = steady_clock::now();
  const auto decoded = decode_stream_message(message);
  if (!decoded) return Unexpected{malformed(decoded.error())};
  return std::visit([this](const auto& one) { return take(one); }, *decoded);
}

MirrorTry<void> Follower::take(const StreamData& data) {
  const auto decoded = pgoutput::decode(data.payload);
  if (!decoded) return Unexpected{malformed(decoded.error())};
  return std::visit([this](const auto& message) { return take(message); }, *decoded);
}

MirrorTry<void> Follower::take(const pgoutput::Begin& begin) {
  if (is_open_) return Unexpected{protocol_violation()};
  is_open_ = true;
  is_skipped_ = begin.commit_lsn < mark_.end_lsn;
  xid_ = begin.xid;
  return {};
}

MirrorTry<void> Follower::take(const pgoutput::Commit& commit) {
  if (!is_open_) return Unexpected{protocol_violation()};
  AUTHD_TRY_VOID(close_gone_rows());
  is_open_ = false;
  if (is_skipped_) return {};
  committed_.push_back({xid_, commit.end_lsn, commit.committed_at});
  const bool is_full = handover_.is_full() || committed_.size() >= options_.commands_max;
  return is_full ? settle() : MirrorTry<void>();
}

// Skipped transactions describe tables, too.
MirrorTry<void> Follower::take(const pgoutput::Relation& relation) {
  const auto learnt = changes_.learn(relation);
  if (!learnt) return Unexpected{failed(learnt.error())};
  return {};
}

template <class RowMessage>
MirrorTry<void> Follower::take(const RowMessage& message) {
  using pgoutput::Delete, pgoutput::Insert, pgoutput::Truncate, pgoutput::Update;
  constexpr bool is_change =
      std::is_same_v<RowMessage, Insert> || std::is_same_v<RowMessage, Update> ||
      std::is_same_v<RowMessage, Delete> || std::is_same_v<RowMessage, Truncate>;
  if constexpr (is_change) {
    if (!is_open_) return Unexpected{protocol_violation()};
    if (is_skipped_) return {};
    scratch_.clear();
    const auto taken = changes_.take(message, scratch_);
    if (!taken) return Unexpected{failed(taken.error())};
    for (const Change& change : scratch_) AUTHD_TRY_VOID(apply(change));
  }
  return {};  // origins, types and messages of other programs do not concern us
}

MirrorTry<void> Follower::apply(const Change& change) {
  if (const auto* const gone = std::get_if<Gone>(&change)) return apply(*gone);
  AUTHD_TRY_VOID(close_gone_rows());  // in the order in which it was done
  if (const auto* const emptied = std::get_if<Emptied>(&change)) return apply(*emptied);
  if (const auto* const incomplete = std::get_if<Incomplete>(&change)) return apply(*incomplete);
  handover_.add(std::get<core::Command>(change));
  return handover_.is_full() ? settle() : MirrorTry<void>();
}

MirrorTry<void> Follower::apply(const Gone& gone) {
  gone_.push_back(gone.key);
  return gone_.size() >= gone_max ? close_gone_rows() : MirrorTry<void>();
}

// Of a deleted row only the key is sent: the rest is what the state has.
MirrorTry<void> Follower::close_gone_rows() {
  if (gone_.empty()) return {};
  KeySet gone;
  for (const MirroredKey& key : std::exchange(gone_, {})) gone.insert(key);
  gone.seal();
  return close_where([&gone](const MirroredKey& key) { return gone.contains(key); });
}

MirrorTry<void> Follower::apply(const Emptied& emptied) {
  return close_where([&emptied](const MirroredKey& key) { return table_of(key) == emptied.table; });
}

MirrorTry<void> Follower::close_where(const std::function<bool(const MirroredKey&)>& is_gone) {
  AUTHD_TRY_VOID(settle());  // the state has to know what came before
  const bool all = close_gone(options_.known, is_gone, [this](core::Command command) {
    handover_.add(std::move(command));
    return handover_.flush_when_full().has_value();
  });
  if (!all) return Unexpected{stopping()};
  return {};
}

// The row as it is now may be later than the stream; what comes in between comes again.
MirrorTry<void> Follower::apply(const Incomplete& incomplete) {
  AUTHD_TRY(command, links_.read_row(xid_, incomplete.key));
  if (command) handover_.add(*command);
  return handover_.flush_when_full();
}

MirrorTry<void> Follower::settle() {
  if (committed_.empty()) return handover_.flush();
  const std::vector<Committed> committed = std::exchange(committed_, {});
  AUTHD_TRY_VOID(record(committed.back().end_lsn));
  board_.update([&](MirrorStatus& s) {
    s.transactions += committed.size();
    s.last_commit = committed.back().at;
    s.last_error.clear();
  });
  if (options_.on_applied) {
    for (const Committed& one : committed) options_.on_applied(one.xid, one.end_lsn, one.at);
  }
  heard();
  return {};
}

MirrorTry<void> Follower::take(const Keepalive& keepalive) {
  if (is_open_) return keepalive.wants_reply ? send_status(false) : MirrorTry<void>();
  AUTHD_TRY_VOID(settle());
  AUTHD_TRY_VOID(reach(keepalive.position));
  // A server that shuts down waits until all that it has sent is confirmed.
  const bool is_due = reached_ - mark_.end_lsn >= options_.idle_step_bytes;
  if (reached_ > mark_.end_lsn && (is_due || keepalive.wants_reply)) return record(reached_);
  return keepalive.wants_reply ? send_status(false) : MirrorTry<void>();
}

// Everything before the position has been sent, and so it has been applied.
MirrorTry<void> Follower::reach(Lsn position) {
  heard();
  if (position <= reached_) return {};
  reached_ = position;
  board_.update([&](MirrorStatus& s) { s.reached = reached_; });
  if (options_.on_reached) options_.on_reached(reached_);
  return {};
}

MirrorTry<void> Follower::record(Lsn position) {
  core::MirrorMark mark = mark_;
  mark.end_lsn = position;
  AUTHD_TRY_VOID(handover_.flush(mark));
  mark_ = mark;
  AUTHD_TRY_VOID(reach(position));
  return send_status(false);
}

MirrorTry<void> Follower::renew() {
  core::MirrorMark mark = mark_;
  mark.end_lsn = reached_;
  AUTHD_TRY(renewed, links_.renew(mark));
  mark_ = renewed;
  next_incarnation_ = steady_clock::now() + options_.incarnation_interval;
  return send_status(false);
}

MirrorTry<void> Follower::keep_in_touch() {
  const auto at = steady_clock::now();
  if (at - last_message_ > options_.silence_max) {
    return Unexpected{MirrorFailure{MirrorState::connecting, "the server has fallen silent"}};
  }
  if (at >= next_heartbeat_) AUTHD_TRY_VOID(send_status(true));
  const bool is_idle = !is_open_ && committed_.empty();
  return is_idle && at >= next_incarnation_ ? renew() : MirrorTry<void>();
}

MirrorTry<void> Follower::send_status(bool wants_reply) {
  if (wants_reply) next_heartbeat_ = steady_clock::now() + options_.heartbeat_interval;
  const auto message = encode(StreamStatus{reached_, mark_.end_lsn, now(), wants_reply});
  return links_.send(message);
}

void Follower::heard() {
  if (options_.on_heard) options_.on_heard();
}

}  // namespace authd::store
