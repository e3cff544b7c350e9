#include "store/postgres/bootstrap.h"

#include <algorithm>
#include <string>

#include "store/format/rows.h"
#include "store/postgres/read_rows.h"

namespace authd::store {

namespace {

using core::Unexpected;

BootstrapError failed(const PgError& error) { return {BootstrapError::Code::postgres, error}; }

// The ids of the authorizations that the state keeps: what is open, what the calendar of expiries
// links, what changed lately, and what messages of late belong to: they lead to it.
const std::string with_kept = R"(
WITH kept AS (
  SELECT id FROM authd.authorization WHERE shard = $1 AND (closure = 1 OR due_slot <> 0 OR changed_at >= $2)
  UNION SELECT authorization_id FROM authd.decision_history WHERE shard = $1 AND decided_at >= $2
  UNION SELECT authorization_id FROM authd.message WHERE shard = $1 AND changed_at >= $2))";

const std::string select_authorizations =
    with_kept +
    "SELECT id, program, key, card_token, account_id, currency::text, approved_minor,"
    " confirmed_minor, adjusted_minor, released_minor, cleared_minor, extra_minor,"
    " credit_approved_minor, credit_confirmed_minor, credited_minor, awaited_total_minor, closure,"
    " opened_at, expires_at, due_slot, next_due, spent"
    " FROM authd.authorization JOIN kept USING (id) WHERE shard = $1";

core::Authorization read_authorization(PgRow& in) {
  core::Authorization r;
  r.id = in.numbered<core::AuthorizationId>(0);
  r.program = in.identifier<core::ProgramId>(1);
  r.key = in.identifier<core::MessageId>(2);
  r.card = in.identifier_or_empty<core::CardToken>(3);
  r.account = in.numbered<core::AccountId>(4);
  r.currency = in.currency(5);
  r.approved_minor = in.minor(6);
  r.confirmed_minor = in.minor(7);
  r.adjusted_minor = in.minor(8);
  r.released_minor = in.minor(9);
  r.cleared_minor = in.minor(10);
  r.extra_minor = in.minor(11);
  r.credit_approved_minor = in.minor(12);
  r.credit_confirmed_minor = in.minor(13);
  r.credited_minor = in.minor(14);
  r.awaited_total_minor = in.optional(15);
  r.closure = in.enumerator(16, core::closure_last);
  r.opened_at = in.time(17);
  r.expires_at = in.time(18);
  r.due_slot = in.minor(19);
  r.next_due = in.numbered<core::AuthorizationId>(20);
  in.expect(decode_spent(in.bytes(21), r));
  return r;
}

// What was decided stands in authd.decision, what changed afterwards in authd.message.
const std::string select_decided = with_kept + R"(
SELECT d.program, d.message_id, d.card_token, d.kind, d.amount_minor, d.currency::text, d.reason,
       d.approved_minor, d.posted_after_minor, d.available_after_minor, d.decided_at,
       CASE WHEN m.seq IS NULL THEN d.authorization_id ELSE m.authorization_id END,
       CASE WHEN m.seq IS NULL
            THEN coalesce(d.share_minor, CASE WHEN d.authorization_id IS NULL THEN 0 ELSE d.approved_minor END)
            ELSE m.share_minor END,
       CASE WHEN m.seq IS NULL THEN coalesce(d.notice, 1::int2) ELSE m.notice END,
       coalesce(m.abandoned, false)
  FROM authd.decision_history AS d
  LEFT JOIN authd.message AS m
    ON m.message_id = d.message_id AND m.program = d.program AND m.shard = d.shard AND m.seq > d.seq
  LEFT JOIN kept ON kept.id = CASE WHEN m.seq IS NULL THEN d.authorization_id ELSE m.authorization_id END
 WHERE d.shard = $1 AND (d.decided_at >= $2 OR kept.id IS NOT NULL))";

core::Message read_decided(PgRow& in) {
  core::Message r;
  r.decided = true;
  r.program = in.identifier<core::ProgramId>(0);
  r.id = in.identifier<core::MessageId>(1);
  r.card = in.identifier<core::CardToken>(2);
  r.kind = in.enumerator(3, core::kind_last);
  r.amount = {in.minor(4), in.currency(5)};
  r.decision = {in.reason(6), {in.minor(7), r.amount.currency}, {in.minor(8), in.minor(9)}};
  r.decided_at = in.time(10);
  r.authorization = in.numbered<core::AuthorizationId>(11);
  r.approved_minor = in.minor(12);
  r.notice = in.enumerator(13, core::Message::Notice::declined);
  if (in.flag(14)) r.decision = {core::Reason::too_late, {0, r.amount.currency}, {}};
  return r;
}

const std::string select_undecided = with_kept + R"(
SELECT program, message_id, authorization_id, share_minor, kind, notice
  FROM authd.message AS m LEFT JOIN kept ON kept.id = m.authorization_id
 WHERE shard = $1
   AND NOT EXISTS (SELECT FROM authd.decision_history AS d WHERE d.message_id = m.message_id AND d.program = m.program)
   AND (changed_at >= $2 OR kept.id IS NOT NULL))";

core::Message read_undecided(PgRow& in) {
  core::Message r;
  r.program = in.identifier<core::ProgramId>(0);
  r.id = in.identifier<core::MessageId>(1);
  r.authorization = in.numbered<core::AuthorizationId>(2);
  r.approved_minor = in.minor(3);
  r.kind = in.enumerator(4, core::kind_last);
  r.notice = in.enumerator(5, core::Message::Notice::declined);
  return r;
}

const std::string select_notices =
    with_kept +
    "SELECT program, notice_id, kind, amount_minor, currency::text, authorization_id, booked_at"
    " FROM authd.event_history LEFT JOIN kept ON kept.id = authorization_id"
    " WHERE shard = $1 AND notice_id IS NOT NULL AND (booked_at >= $2 OR kept.id IS NOT NULL)";

core::Notice read_notice(PgRow& in) {
  core::Notice r;
  r.program = in.identifier<core::ProgramId>(0);
  r.id = in.identifier<core::MessageId>(1);
  r.kind = in.enumerator(2, core::event_kind_last);
  r.amount = {in.minor(3), in.currency(4)};
  r.authorization = in.numbered<core::AuthorizationId>(5);
  r.at = in.time(6);
  return r;
}

// A wire may be returned at any time.
const std::string select_transfers =
    "SELECT program, id, kind, from_account_id, to_account_id, amount_minor, currency::text,"
    " reserve, mirrored, status, reason, requested_at, changed_at, begun_seq FROM authd.transfer"
    " WHERE shard = $1 AND (status IN (1, 2) OR kind = 5 OR changed_at >= $2)";

core::Transfer read_transfer(PgRow& in) {
  core::Transfer r;
  r.program = in.identifier<core::ProgramId>(0);
  r.id = in.identifier<core::MessageId>(1);
  r.kind = in.enumerator(2, core::transfer_kind_last);
  r.from = in.numbered<core::AccountId>(3);
  r.to = in.numbered<core::AccountId>(4);
  r.amount = {in.minor(5), in.currency(6)};
  r.reserve = in.flag(7);
  r.mirrored = in.flag(8);
  r.status = in.enumerator(9, core::transfer_status_last);
  r.reason = in.reason(10);
  r.requested_at = in.time(11);
  r.changed_at = in.time(12);
  r.begun_by = in.numbered<core::Sequence>(13);
  return r;
}

core::Row read_image(PgRow& in) {
  const auto row = decode_row(in.text(0), in.bytes(1));
  in.expect(bool{row});
  return row ? *row : core::Row{};
}

core::DueSlot read_due_slot(PgRow& in) {
  return {in.minor(0), in.numbered<core::AuthorizationId>(1)};
}

core::DueCursor read_due_cursor(PgRow& in) { return {in.minor(0)}; }

class Bootstrap {
 public:
  Bootstrap(Connection& connection, const BootstrapOptions& options, const RowSink& sink)
      : connection_(connection), sink_(sink), shard_(options.shard) {
    const auto retention = std::chrono::microseconds(options.retention);
    since_ = {options.now.unix_us - retention.count()};
  }

  core::Result<void, BootstrapError> run() {
    AUTHD_TRY_VOID(
        rows("account", "SELECT " + account_columns + " FROM " + account_tables, {}, read_account));
    AUTHD_TRY_VOID(rows("card", "SELECT " + card_columns + " FROM authd.card", {}, read_card));
    AUTHD_TRY_VOID(controls());
    const auto by_shard = [this] { return PgParams().number(shard_); };
    AUTHD_TRY_VOID(rows("state_image", "SELECT key, image FROM authd.state_image WHERE shard = $1",
                        by_shard(), read_image));
    AUTHD_TRY_VOID(rows("authorization", select_authorizations, kept(), read_authorization));
    AUTHD_TRY_VOID(rows("decision", select_decided, kept(), read_decided));
    AUTHD_TRY_VOID(rows("message", select_undecided, kept(), read_undecided));
    AUTHD_TRY_VOID(rows("event", select_notices, kept(), read_notice));
    AUTHD_TRY_VOID(rows("transfer", select_transfers, kept(), read_transfer));
    AUTHD_TRY_VOID(rows("due_slot", "SELECT slot, head FROM authd.due_slot WHERE shard = $1",
                        by_shard(), read_due_slot));
    return rows("shard",
                "SELECT due_cursor FROM authd.shard"
                " WHERE shard = $1 AND due_cursor IS NOT NULL",
                by_shard(), read_due_cursor);
  }

 private:
  PgParams kept() const { return PgParams().number(shard_).time(since_); }

  // An owner all of whose controls were removed has a set without any.
  core::Result<void, BootstrapError> controls() {
    std::optional<core::ControlSet> set;
    AUTHD_TRY_VOID(stream(
        "spend_control",
        "SELECT " + control_columns + " FROM authd.spend_control AS c ORDER BY c.owner, c.id", {},
        [&](PgRow& in) {
          const core::Owner owner = read_owner(in);
          if (set && set->owner != owner) sink_(*set);
          if (!set || set->owner != owner) set = core::ControlSet{owner, {}};
          if (!is_removed(in)) set->controls.push_back(read_control(in));
        }));
    if (set) sink_(*set);
    return {};
  }

  template <class Read>
  core::Result<void, BootstrapError> rows(std::string_view table, const std::string& query,
                                          const PgParams& params, Read read) {
    return stream(table, query, params, [&](PgRow& in) {
      const core::Row row = read(in);
      if (in.ok()) sink_(row);
    });
  }

  template <class Take>
  core::Result<void, BootstrapError> stream(std::string_view table, const std::string& query,
                                            const PgParams& params, Take take) {
    const std::string declare = "DECLARE authd_rows NO SCROLL CURSOR FOR " + query;
    if (const auto done = connection_.exec(declare.c_str(), params); !done) {
      return Unexpected{failed(done.error())};
    }
    for (;;) {
      const auto portion = connection_.exec("FETCH FORWARD 10000 FROM authd_rows", PgParams());
      if (!portion) return Unexpected{failed(portion.error())};
      if (portion->rows() == 0) break;
      for (int row = 0; row < portion->rows(); ++row) {
        PgRow fields(*portion, row);
        take(fields);
        if (!fields.ok()) return Unexpected{bad_row(table, *portion, row)};
      }
    }
    if (const auto closed = connection_.exec("CLOSE authd_rows"); !closed) {
      return Unexpected{failed(closed.error())};
    }
    return {};
  }

  // Names the row by its first two columns, as far as people can read them.
  static BootstrapError bad_row(std::string_view table, const PgResult& result, int row) {
    std::string key;
    for (int column = 0; column < std::min(2, PQnfields(result.get())); ++column) {
      const auto type = static_cast<PgType>(PQftype(result.get(), column));
      if (type == PgType::text) key += " " + std::string(result.text(row, column));
      if (type == PgType::int64) {
        key += " " + std::to_string(result.number<std::int64_t>(row, column));
      }
    }
    return {BootstrapError::Code::bad_row,
            unexpected("authd." + std::string(table) + ", row" + key)};
  }

  Connection& connection_;
  const RowSink& sink_;
  const std::int32_t shard_;
  core::Timestamp since_;
};

// Most of every table is read, which the planner cannot know: a nested loop over two of them would
// never end.
constexpr const char* plan_for_whole_tables =
    "SET LOCAL enable_nestloop = off; SET LOCAL cursor_tuple_fraction = 1";

core::Result<core::Sequence, PgError> drained_sequence(Connection& connection, std::int32_t shard) {
  AUTHD_TRY(found, connection.exec("SELECT coalesce(max(drained_seq), 0) FROM authd.shard"
                                   " WHERE shard = $1",
                                   PgParams().number(shard)));
  return core::Sequence{static_cast<std::uint64_t>(found.number<std::int64_t>(0, 0))};
}

}  // namespace

core::Result<core::Sequence, BootstrapError> bootstrap_in_transaction(
    Connection& connection, const BootstrapOptions& options, const RowSink& sink) {
  if (const auto set = connection.exec(plan_for_whole_tables); !set) {
    return Unexpected{failed(set.error())};
  }
  const auto sequence = drained_sequence(connection, options.shard);
  if (!sequence) return Unexpected{failed(sequence.error())};
  AUTHD_TRY_VOID(Bootstrap(connection, options, sink).run());
  return *sequence;
}

core::Result<core::Sequence, BootstrapError> bootstrap(Connection& connection,
                                                       const BootstrapOptions& options,
                                                       const RowSink& sink) {
  auto transaction =
      Transaction::begin(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!transaction) return Unexpected{failed(transaction.error())};
  AUTHD_TRY(sequence, bootstrap_in_transaction(connection, options, sink));
  if (const auto done = transaction->commit(); !done) return Unexpected{failed(done.error())};
  return sequence;
}

}  // namespace authd::store
