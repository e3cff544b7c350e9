#include "store/postgres/accounts.h"

namespace authd::store {

namespace {

// One statement, so that an account never exists without the entry of its opening balance.
constexpr const char* insert_accounts_sql = R"(
WITH given AS (
  SELECT * FROM unnest($2::int8[], $3::text[], $4::int2[], $5::int8[], $6::int8[], $7::int8[], $8::timestamptz[])
    AS t(id, currency, status, posted_minor, daily_limit_minor, seq, opened_at)
), created AS (
  INSERT INTO authd.account (id, currency, status, posted_minor, daily_limit_minor, opened_at)
  SELECT id, currency, status, posted_minor, daily_limit_minor, opened_at FROM given
  ON CONFLICT (id) DO NOTHING
  RETURNING id, currency, posted_minor, opened_at
), opened AS MATERIALIZED (
  SELECT DISTINCT ON (created.id) created.*,
         CASE WHEN $1 = 0 THEN nextval('authd.entry_seq') ELSE given.seq END AS seq
  FROM created JOIN given USING (id) WHERE created.posted_minor <> 0
  ORDER BY created.id, given.seq
), entry AS (
  INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at)
  SELECT $1, seq, 1, id, opened_at FROM opened
), legs AS (
  INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency)
  SELECT $1, seq, leg, book, id, sign * posted_minor, currency
  FROM opened CROSS JOIN (VALUES (1, 1, 1), (2, 3, -1)) AS l(leg, book, sign)
)
SELECT count(*) FROM created)";

constexpr const char* insert_cards_sql = R"(
INSERT INTO authd.card (program, token, account_id, status, expires_at, transaction_limit_minor, daily_limit_minor)
SELECT * FROM unnest($1::text[], $2::text[], $3::int8[], $4::int2[], $5::timestamptz[], $6::int8[], $7::int8[])
ON CONFLICT (program, token) DO NOTHING)";

}  // namespace

core::Result<std::int64_t, PgError> insert_accounts(Connection& connection, std::int32_t shard,
                                                    std::span<const OpenedAccount> accounts) {
  if (accounts.empty()) return 0;
  PgArray ids(PgType::int64), currencies(PgType::text), statuses(PgType::int16),
      posted(PgType::int64), limits(PgType::int64), sequences(PgType::int64), times(PgType::time);
  for (const OpenedAccount& opened : accounts) {
    const core::Account& account = opened.account;
    ids.number(account.id.value);
    currencies.text(account.currency.alpha());
    statuses.number(static_cast<std::int16_t>(account.status));
    posted.number(account.posted_minor);
    limits.number(account.daily_limit_minor);
    sequences.number(opened.sequence.value);
    times.time(opened.opened_at);
  }
  PgParams params;
  params.number(shard);
  for (PgArray* array : {&ids, &currencies, &statuses, &posted, &limits, &sequences, &times}) {
    params.bytes(array->bytes(accounts.size()));
  }
  AUTHD_TRY(created, connection.exec(insert_accounts_sql, params));
  return created.number<std::int64_t>(0, 0);
}

core::Result<std::int64_t, PgError> insert_cards(Connection& connection,
                                                 std::span<const core::Card> cards) {
  if (cards.empty()) return 0;
  PgArray programs(PgType::text), tokens(PgType::text), accounts(PgType::int64),
      statuses(PgType::int16), expiries(PgType::time), transaction_limits(PgType::int64),
      daily_limits(PgType::int64);
  for (const core::Card& card : cards) {
    programs.text(card.program.view());
    tokens.text(card.token.view());
    accounts.number(card.account.value);
    statuses.number(static_cast<std::int16_t>(card.status));
    expiries.time(card.expires_at);
    transaction_limits.number(card.transaction_limit_minor);
    daily_limits.number(card.daily_limit_minor);
  }
  PgParams params;
  for (PgArray* array :
       {&programs, &tokens, &accounts, &statuses, &expiries, &transaction_limits, &daily_limits}) {
    params.bytes(array->bytes(cards.size()));
  }
  AUTHD_TRY(created, connection.exec(insert_cards_sql, params));
  return created.affected();
}

}  // namespace authd::store
