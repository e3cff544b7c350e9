#include "store/postgres/bootstrap.h"

#include <algorithm>
#include <limits>

#include "store/postgres/days.h"

namespace authd::store {

namespace {

using core::Unexpected;

constexpr std::int64_t us_per_day = 86'400'000'000;

BootstrapError failed(const PgError& error) { return {BootstrapError::Code::postgres, error}; }

// The fields of one row. What the program has no value for makes ok() false.
class Fields {
 public:
  Fields(const PgResult& result, int row) : result_(result), row_(row) {}

  template <class Id>
  Id identifier(int column) {
    return known(Id::from(result_.text(row_, column)));
  }
  core::AccountId account(int column) { return {number<std::int64_t>(column)}; }
  core::Currency currency(int column) {
    return known(core::Currency::from_alpha(result_.text(row_, column)));
  }
  template <class Enum>
  Enum enumerator(int column, Enum last) {  // enumerators are numbered 1..last
    const auto value = number<std::int16_t>(column);
    if (value < 1 || value > static_cast<std::int16_t>(last)) ok_ = false;
    return static_cast<Enum>(value);
  }
  core::Reason reason(int column) {
    const auto value = static_cast<std::uint16_t>(number<std::int16_t>(column));
    if (!core::is_reason(value)) ok_ = false;
    return static_cast<core::Reason>(value);
  }
  template <std::integral T>
  T number(int column) const {
    return result_.number<T>(row_, column);
  }
  std::optional<std::int64_t> optional(int column) const { return result_.optional(row_, column); }
  core::Timestamp time(int column) const { return result_.time(row_, column); }
  bool ok() const noexcept { return ok_; }

 private:
  template <class T>
  T known(const std::optional<T>& value) {
    if (!value) ok_ = false;
    return value.value_or(T{});
  }

  const PgResult& result_;
  int row_;
  bool ok_ = true;
};

core::Row read_account(Fields& in) {
  core::Account r;
  r.id = in.account(0);
  r.currency = in.currency(1);
  r.status = in.enumerator(2, core::AccountStatus::closed);
  r.posted_minor = in.number<std::int64_t>(3);
  r.held_minor = in.number<std::int64_t>(4);
  r.daily_limit_minor = in.optional(5);
  return r;
}

core::Row read_card(Fields& in) {
  core::Card r;
  r.program = in.identifier<core::ProgramId>(0);
  r.token = in.identifier<core::CardToken>(1);
  r.account = in.account(2);
  r.status = in.enumerator(3, core::CardStatus::closed);
  r.expires_at = in.time(4);
  r.transaction_limit_minor = in.optional(5);
  r.daily_limit_minor = in.optional(6);
  return r;
}

core::Row read_hold(Fields& in) {
  core::Hold r;
  r.id = {static_cast<std::uint64_t>(in.number<std::int64_t>(0))};
  r.account = in.account(1);
  r.program = in.identifier<core::ProgramId>(2);
  r.card = in.identifier<core::CardToken>(3);
  r.authorization = in.identifier<core::MessageId>(4);
  r.amount = {in.number<std::int64_t>(5), in.currency(6)};
  r.status = in.enumerator(7, core::HoldStatus::expired);
  r.opened_at = in.time(8);
  return r;
}

core::Row read_idempotency(Fields& in) {
  core::Idempotency r;
  r.program = in.identifier<core::ProgramId>(0);
  r.message = in.identifier<core::MessageId>(1);
  r.card = in.identifier<core::CardToken>(2);
  r.kind = in.enumerator(3, core::Kind::unsupported);
  r.amount = {in.number<std::int64_t>(4), in.currency(5)};
  r.decision.reason = in.reason(6);
  r.decision.approved = {in.number<std::int64_t>(7), r.amount.currency};
  r.decision.balance = {in.number<std::int64_t>(8), in.number<std::int64_t>(9)};
  r.hold = {static_cast<std::uint64_t>(in.number<std::int64_t>(10))};
  r.decided_at = in.time(11);
  return r;
}

core::Row usage(const core::UsageOwner& owner, const Fields& in, int column) {
  core::Usage r;
  r.owner = owner;
  r.day = {in.number<std::int32_t>(column)};
  r.amount_minor = in.number<std::int64_t>(column + 1);
  r.count = in.number<std::uint32_t>(column + 2);
  return r;
}

core::Row read_account_usage(Fields& in) { return usage({in.account(0)}, in, 1); }

core::Row read_card_usage(Fields& in) {
  const core::UsageOwner::CardOwner card{in.identifier<core::ProgramId>(0),
                                         in.identifier<core::CardToken>(1)};
  return usage({card}, in, 2);
}

// A counter counts the latest day it has seen: from the first decision of that day on, everything,
// even what another program's time zone still puts on the day before (core/apply.cc). `latest` is
// the counter's day after each decision; the decisions under its final value are what it counts.
constexpr std::string_view usage_template = R"(
WITH piece AS (
  SELECT * FROM unnest($5::text[], $6::timestamptz[], $7::timestamptz[], $8::int4[])
    AS piece(of_program, from_at, to_at, day)
), spent AS (
  SELECT program, card_token, account_id, approved_minor,
         max(day) OVER (PARTITION BY OWNER ORDER BY seq) AS latest
  FROM authd.decision JOIN piece
    ON of_program = program AND decided_at >= from_at AND decided_at < to_at
  WHERE shard = $1 AND decided_at >= $2 AND decided_at < $3 AND account_id IS NOT NULL
)
SELECT DISTINCT ON (OWNER) OWNER, latest, sum(approved_minor)::int8, count(*)::int4
FROM spent WHERE latest >= $4 GROUP BY OWNER, latest ORDER BY OWNER, latest DESC)";

std::string usage_query(std::string_view owner) {
  constexpr std::string_view placeholder = "OWNER";
  std::string query(usage_template);
  for (auto at = query.find(placeholder); at != std::string::npos; at = query.find(placeholder)) {
    query.replace(at, placeholder.size(), owner);
  }
  return query;
}

class Bootstrap {
 public:
  Bootstrap(Connection& connection, const BootstrapOptions& options, const RowSink& sink)
      : connection_(connection), options_(options), sink_(sink) {}

  core::Result<void, BootstrapError> accounts() {
    return stream("account",
                  "SELECT id, currency::text, status, posted_minor, held_minor, daily_limit_minor"
                  " FROM authd.account",
                  {}, read_account);
  }

  core::Result<void, BootstrapError> cards() {
    return stream("card",
                  "SELECT program, token, account_id, status, expires_at,"
                  " transaction_limit_minor, daily_limit_minor FROM authd.card",
                  {}, read_card);
  }

  core::Result<void, BootstrapError> open_holds() {
    return stream("hold",
                  "SELECT id, account_id, program, card_token, authorization_message,"
                  " amount_minor, currency::text, status, opened_at"
                  " FROM authd.hold WHERE shard = $1 AND status = 1",
                  PgParams().number(options_.shard), read_hold);
  }

  core::Result<void, BootstrapError> answers() {
    const auto retention = std::chrono::microseconds(options_.retention);
    return stream(
        "decision",
        "SELECT program, message_id, card_token, kind, amount_minor, currency::text,"
        " reason, approved_minor, posted_after_minor, available_after_minor,"
        " coalesce(hold_id, 0), decided_at"
        " FROM authd.decision WHERE shard = $1 AND decided_at >= $2",
        PgParams().number(options_.shard).time({options_.now.unix_us - retention.count()}),
        read_idempotency);
  }

  core::Result<void, BootstrapError> usages() {
    const PgParams params = today();
    AUTHD_TRY_VOID(stream("decision", usage_query("account_id"), params, read_account_usage));
    return stream("decision", usage_query("program, card_token"), params, read_card_usage);
  }

 private:
  // The parameters of usage_query. Counters of days that are over in every program's zone are of no
  // use; what the others count began when their day did, in the first zone that reached it.
  PgParams today() const {
    const core::Timestamp from{options_.now.unix_us - 3 * us_per_day};  // zones differ by 26 hours
    const core::Timestamp to{options_.now.unix_us + 3 * us_per_day};
    core::LocalDay first{std::numeric_limits<std::int32_t>::max()};
    for (const core::Program& program : options_.programs) {
      first = std::min(first, program.time_zone.local_day(options_.now));
    }
    core::Timestamp begin = to;
    PgArray programs(PgType::text), starts(PgType::time), ends(PgType::time), days(PgType::int32);
    std::size_t count = 0;
    for (const core::Program& program : options_.programs) {
      for (const DayPiece& piece : day_pieces(program.time_zone, from, to)) {
        if (piece.day >= first) begin = std::min(begin, piece.from);
        programs.text(program.id.view());
        starts.time(piece.from);
        ends.time(piece.to);
        days.number(piece.day.days);
        ++count;
      }
    }
    PgParams params;
    params.number(options_.shard).time(begin).time(to).number(first.days);
    for (PgArray* array : {&programs, &starts, &ends, &days}) params.bytes(array->bytes(count));
    return params;
  }

  template <class Read>
  core::Result<void, BootstrapError> stream(std::string_view table, const std::string& query,
                                            const PgParams& params, Read read) {
    const std::string declare = "DECLARE authd_rows NO SCROLL CURSOR FOR " + query;
    if (const auto done = connection_.exec(declare.c_str(), params); !done) {
      return Unexpected{failed(done.error())};
    }
    for (;;) {
      const auto portion = connection_.exec("FETCH FORWARD 10000 FROM authd_rows", PgParams());
      if (!portion) return Unexpected{failed(portion.error())};
      if (portion->rows() == 0) break;
      for (int row = 0; row < portion->rows(); ++row) {
        Fields fields(*portion, row);
        const core::Row value = read(fields);
        if (!fields.ok()) return Unexpected{bad_row(table, *portion, row)};
        sink_(value);
      }
    }
    if (const auto closed = connection_.exec("CLOSE authd_rows"); !closed) {
      return Unexpected{failed(closed.error())};
    }
    return {};
  }

  // Names the row by its first column, and its second where that is part of the key.
  static BootstrapError bad_row(std::string_view table, const PgResult& result, int row) {
    std::string key =
        PQftype(result.get(), 0) == static_cast<Oid>(PgType::text)
            ? std::string(result.text(row, 0)) + " " + std::string(result.text(row, 1))
            : std::to_string(result.number<std::int64_t>(row, 0));
    return {BootstrapError::Code::bad_row,
            unexpected("authd." + std::string(table) + ", row " + key)};
  }

  Connection& connection_;
  const BootstrapOptions& options_;
  const RowSink& sink_;
};

core::Result<core::Sequence, PgError> drained_sequence(Connection& connection, std::int32_t shard) {
  AUTHD_TRY(found, connection.exec("SELECT coalesce(max(drained_seq), 0) FROM authd.shard"
                                   " WHERE shard = $1",
                                   PgParams().number(shard)));
  return core::Sequence{static_cast<std::uint64_t>(found.number<std::int64_t>(0, 0))};
}

}  // namespace

core::Result<core::Sequence, BootstrapError> bootstrap(Connection& connection,
                                                       const BootstrapOptions& options,
                                                       const RowSink& sink) {
  auto transaction =
      Transaction::begin(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!transaction) return Unexpected{failed(transaction.error())};
  const auto sequence = drained_sequence(connection, options.shard);
  if (!sequence) return Unexpected{failed(sequence.error())};

  Bootstrap run(connection, options, sink);
  AUTHD_TRY_VOID(run.accounts());
  AUTHD_TRY_VOID(run.cards());
  AUTHD_TRY_VOID(run.open_holds());
  AUTHD_TRY_VOID(run.answers());
  AUTHD_TRY_VOID(run.usages());
  if (const auto done = transaction->commit(); !done) return Unexpected{failed(done.error())};
  return *sequence;
}

}  // namespace authd::store
