#include "store/postgres/transfers.h"

namespace authd::store {

namespace {

constexpr const char* upsert_name = "authd_upsert_transfers";
constexpr const char* upsert = R"(
INSERT INTO authd.transfer AS t
  (shard, program, id, kind, from_account_id, to_account_id, amount_minor, currency, reserve, mirrored, requested_at,
   begun_seq, status, reason, changed_at, changed_seq, sent_at, posted_at, returned_at)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int2[], $5::int8[], $6::int8[], $7::int8[], $8::text[],
                         $9::bool[], $10::bool[], $11::timestamptz[], $12::int8[], $13::int2[], $14::int2[],
                         $15::timestamptz[], $16::int8[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[])
ON CONFLICT (id, program) DO UPDATE
   SET status = excluded.status, changed_at = excluded.changed_at, changed_seq = excluded.changed_seq,
       sent_at = coalesce(excluded.sent_at, t.sent_at), posted_at = coalesce(excluded.posted_at, t.posted_at),
       returned_at = coalesce(excluded.returned_at, t.returned_at))";

void id_or_null(PgColumns& columns, core::AccountId id) {
  id == core::AccountId{} ? columns.null() : columns.number(id.value);
}

void time_or_null(PgColumns& columns, const std::optional<core::Timestamp>& at) {
  at ? columns.time(*at) : columns.null();
}

}  // namespace

void Transfers::add(const core::Transfer& row, const core::Moment& moment) {
  Changed& changed = changed_[{row.id, row.program}];
  changed.row = row;
  changed.by = moment.sequence;
  switch (row.status) {
    case core::TransferStatus::sent: changed.sent_at = moment.at; break;
    case core::TransferStatus::posted: changed.posted_at = moment.at; break;
    case core::TransferStatus::returned: changed.returned_at = moment.at; break;
    case core::TransferStatus::reserved:
    case core::TransferStatus::declined: break;
  }
}

core::Result<void, PgError> Transfers::prepare(Connection& connection) {
  return connection.prepare(upsert_name, upsert);
}

core::Result<void, PgError> Transfers::write(Connection& connection) {
  if (changed_.empty()) return {};
  using enum PgType;
  PgColumns columns{text, text,  int16, int64, int64, int64, text, boolean, boolean,
                    time, int64, int16, int16, time,  int64, time, time,    time};
  for (const auto& [key, changed] : changed_) {
    const core::Transfer& row = changed.row;
    columns.text(row.program.view());
    columns.text(row.id.view());
    columns.enumerator(row.kind);
    id_or_null(columns, row.from);
    id_or_null(columns, row.to);
    columns.number(row.amount.minor_units);
    columns.text(row.amount.currency.alpha());
    columns.flag(row.reserve);
    columns.flag(row.mirrored);
    columns.time(row.requested_at);
    columns.number(row.begun_by.value);
    columns.enumerator(row.status);
    columns.enumerator(row.reason);
    columns.time(row.changed_at);
    columns.number(changed.by.value);
    time_or_null(columns, changed.sent_at);
    time_or_null(columns, changed.posted_at);
    time_or_null(columns, changed.returned_at);
  }
  AUTHD_TRY(written,
            connection.exec_prepared(upsert_name, PgParams().number(shard_).columns(columns)));
  return expect_all(written.affected(), changed_.size(), "transfers");
}

}  // namespace authd::store
