#include "store/postgres/authorizations.h"

#include <algorithm>
#include <string>

#include "store/format/rows.h"

namespace authd::store {

namespace {

using core::Unexpected;

constexpr const char* copy_new =
    "COPY authd.authorization (shard, id, program, key, currency, opened_at, card_token,"
    " account_id, approved_minor, confirmed_minor, adjusted_minor, released_minor, cleared_minor,"
    " extra_minor, credit_approved_minor, credit_confirmed_minor, credited_minor,"
    " awaited_total_minor, held_minor, counted_minor, pending_credit_minor, closure, expires_at,"
    " changed_at, due_slot, next_due, changed_seq, spent) FROM STDIN BINARY";
constexpr std::int16_t fields = 28;

// The shard stands beside each id, behind OFFSET 0, so that the planner sees a key of two columns:
// as a constant it made, in a table that nobody had analysed, reading all of the shard look cheap.
constexpr const char* update_older_name = "authd_update_authorizations";
constexpr const char* update_older = R"(
UPDATE authd.authorization AS a
   SET card_token = new.card_token, account_id = new.account_id, approved_minor = new.approved_minor, confirmed_minor = new.confirmed_minor,
       adjusted_minor = new.adjusted_minor, released_minor = new.released_minor, cleared_minor = new.cleared_minor,
       extra_minor = new.extra_minor, credit_approved_minor = new.credit_approved_minor,
       credit_confirmed_minor = new.credit_confirmed_minor, credited_minor = new.credited_minor,
       awaited_total_minor = new.awaited_total_minor, held_minor = new.held_minor,
       counted_minor = new.counted_minor, pending_credit_minor = new.pending_credit_minor, closure = new.closure,
       expires_at = new.expires_at, changed_at = new.changed_at, due_slot = new.due_slot, next_due = new.next_due,
       changed_seq = new.changed_seq, spent = new.spent
  FROM (SELECT $1::int4, *
          FROM unnest($2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[], $9::int8[],
                      $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::int8[], $16::int8[],
                      $17::int8[], $18::int2[], $19::timestamptz[], $20::timestamptz[], $21::int8[], $22::int8[],
                      $23::int8[], $24::bytea[]) OFFSET 0)
    AS new(shard, id, card_token, account_id, approved_minor, confirmed_minor, adjusted_minor, released_minor,
           cleared_minor, extra_minor, credit_approved_minor, credit_confirmed_minor, credited_minor,
           awaited_total_minor, held_minor, counted_minor, pending_credit_minor, closure, expires_at, changed_at,
           due_slot, next_due, changed_seq, spent)
 WHERE (a.shard, a.id) = (new.shard, new.id))";

// What stays as it began: program to opened_at in the statements above.
void write_beginning(CopyRows& out, const core::Authorization& row) {
  out.text(row.program.view());
  out.text(row.key.view());
  out.text(row.currency.alpha());
  out.time(row.opened_at);
}

// What changes: card_token to spent.
template <class Out>
void write_course(Out& out, const core::Authorization& row, const core::Standing& standing,
                  core::Timestamp changed_at, core::Sequence changed_by,
                  std::vector<std::byte>& scratch) {
  out.text_or_null(row.card.view());
  row.account == core::AccountId{} ? out.null() : out.number(row.account.value);
  out.number(row.approved_minor);
  out.number(row.confirmed_minor);
  out.number(row.adjusted_minor);
  out.number(row.released_minor);
  out.number(row.cleared_minor);
  out.number(row.extra_minor);
  out.number(row.credit_approved_minor);
  out.number(row.credit_confirmed_minor);
  out.number(row.credited_minor);
  out.number(row.awaited_total_minor);
  out.number(standing.held_minor);
  out.number(standing.counted_minor);
  out.number(standing.pending_credit_minor);
  out.enumerator(row.closure);
  out.time(row.expires_at);
  out.time(changed_at);
  out.number(row.due_slot);
  out.number(row.next_due.value);
  out.number(changed_by.value);
  encode_spent(row, scratch);
  out.bytes(scratch);
}

}  // namespace

bool Authorizations::add(core::Authorization row, core::Sequence sequence, core::Timestamp at) {
  const auto standing = core::standing(row);
  if (!standing) return false;
  const core::AuthorizationId id = row.id;
  Changed changed{std::move(row), *standing, at, sequence};
  const auto known = std::lower_bound(
      new_.begin(), new_.end(), id,
      [](const Changed& a, core::AuthorizationId wanted) { return a.row.id < wanted; });
  if (known != new_.end() && known->row.id == id) {
    *known = std::move(changed);
  } else if (id.value == sequence.value) {
    new_.push_back(std::move(changed));
  } else {
    older_.insert_or_assign(id, std::move(changed));
  }
  return true;
}

core::Result<void, PgError> Authorizations::prepare(Connection& connection) {
  return connection.prepare(update_older_name, update_older);
}

core::Result<void, PgError> Authorizations::write(Connection& connection) {
  AUTHD_TRY_VOID(write_new(connection));
  return write_older(connection);
}

core::Result<void, PgError> Authorizations::write_new(Connection& connection) {
  CopyRows rows;
  std::vector<std::byte> scratch;
  for (const Changed& changed : new_) {
    rows.row(fields);
    rows.number(shard_);
    rows.number(changed.row.id.value);
    write_beginning(rows, changed.row);
    write_course(rows, changed.row, changed.standing, changed.at, changed.by, scratch);
  }
  return connection.copy_in(copy_new, rows);
}

core::Result<void, PgError> Authorizations::write_older(Connection& connection) {
  if (older_.empty()) return {};
  using enum PgType;
  PgColumns columns{int64, text,  int64, int64, int64, int64, int64,        int64,
                    int64, int64, int64, int64, int64, int64, int64,        int64,
                    int16, time,  time,  int64, int64, int64, PgType::bytes};
  std::vector<std::byte> scratch;
  for (const auto& [id, changed] : older_) {
    columns.number(id.value);
    write_course(columns, changed.row, changed.standing, changed.at, changed.by, scratch);
  }
  AUTHD_TRY(updated, connection.exec_prepared(update_older_name,
                                              PgParams().number(shard_).columns(columns)));
  return expect_all(updated.affected(), older_.size(), "authorizations");
}

void Authorizations::clear() noexcept {
  new_.clear();
  older_.clear();
}

}  // namespace authd::store
