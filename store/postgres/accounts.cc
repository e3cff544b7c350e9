#include "store/postgres/accounts.h"

namespace authd::store {

namespace {

// The account's balance and opening entry are made by PostgreSQL (authd.open_balances).
constexpr const char* insert_accounts_sql = R"(
INSERT INTO authd.account (opened_shard, id, currency, status, opening_minor, overdraft_minor, minimum_minor, kyc,
                           opened_seq, opened_at)
SELECT DISTINCT ON (id) $1, * FROM unnest($2::int8[], $3::text[], $4::int2[], $5::int8[], $6::int8[], $7::int8[],
                                          $8::int2[], $9::int8[], $10::timestamptz[])
  AS t(id, currency, status, opening_minor, overdraft_minor, minimum_minor, kyc, seq, opened_at)
 ORDER BY id, seq
ON CONFLICT (id) DO NOTHING)";

// An account belongs to the program of its first card.
constexpr const char* insert_cards_sql = R"(
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::int8[], $4::int2[], $5::timestamptz[], $6::timestamptz[])
    AS t(program, token, account_id, status, active_from, expires_at)
), claimed AS (
  UPDATE authd.account SET program = first.program
    FROM (SELECT DISTINCT ON (account_id) account_id, program FROM given ORDER BY account_id) AS first
   WHERE account.id = first.account_id AND account.program = '-'
)
INSERT INTO authd.card (program, token, account_id, status, active_from, expires_at) SELECT * FROM given
ON CONFLICT (program, token) DO NOTHING)";

constexpr const char* change_accounts_sql = R"(
UPDATE authd.account
   SET status = new.status, overdraft_minor = new.overdraft, minimum_minor = new.minimum, kyc = new.kyc
  FROM unnest($1::int8[], $2::int2[], $3::int8[], $4::int8[], $5::int2[])
    AS new(id, status, overdraft, minimum, kyc)
 WHERE account.id = new.id)";

constexpr const char* change_cards_sql = R"(
UPDATE authd.card
   SET status = new.status, active_from = new.active_from, expires_at = new.expires_at
  FROM unnest($1::text[], $2::text[], $3::int2[], $4::timestamptz[], $5::timestamptz[])
    AS new(program, token, status, active_from, expires_at)
 WHERE (card.program, card.token) = (new.program, new.token))";

}  // namespace

core::Result<std::int64_t, PgError> insert_accounts(Connection& connection, std::int32_t shard,
                                                    std::span<const OpenedAccount> accounts) {
  if (accounts.empty()) return 0;
  PgColumns given{PgType::int64, PgType::text,  PgType::int16, PgType::int64, PgType::int64,
                  PgType::int64, PgType::int16, PgType::int64, PgType::time};
  for (const OpenedAccount& opened : accounts) {
    const core::Account& account = opened.account;
    given.number(account.id.value);
    given.text(account.currency.alpha());
    given.enumerator(account.status);
    given.number(account.posted_minor);
    given.number(account.overdraft_minor);
    given.number(account.minimum_minor);
    given.enumerator(account.kyc);
    given.number(opened.sequence.value);
    given.time(opened.opened_at);
  }
  AUTHD_TRY(created, connection.exec(insert_accounts_sql, PgParams().number(shard).columns(given)));
  return created.affected();
}

core::Result<std::int64_t, PgError> insert_cards(Connection& connection,
                                                 std::span<const core::Card> cards) {
  if (cards.empty()) return 0;
  PgColumns given{PgType::text,  PgType::text, PgType::int64,
                  PgType::int16, PgType::time, PgType::time};
  for (const core::Card& card : cards) {
    given.text(card.program.view());
    given.text(card.token.view());
    given.number(card.account.value);
    given.enumerator(card.status);
    given.time(card.active_from);
    given.time(card.expires_at);
  }
  AUTHD_TRY(created, connection.exec(insert_cards_sql, PgParams().columns(given)));
  return created.affected();
}

core::Result<std::int64_t, PgError> change_accounts(Connection& connection,
                                                    std::span<const core::ChangeAccount> changes) {
  if (changes.empty()) return 0;
  PgColumns given{PgType::int64, PgType::int16, PgType::int64, PgType::int64, PgType::int16};
  for (const core::ChangeAccount& change : changes) {
    given.number(change.account.value);
    given.enumerator(change.status);
    given.number(change.overdraft_minor);
    given.number(change.minimum_minor);
    given.enumerator(change.kyc);
  }
  AUTHD_TRY(changed, connection.exec(change_accounts_sql, PgParams().columns(given)));
  return changed.affected();
}

core::Result<std::int64_t, PgError> change_cards(Connection& connection,
                                                 std::span<const core::ChangeCard> changes) {
  if (changes.empty()) return 0;
  PgColumns given{PgType::text, PgType::text, PgType::int16, PgType::time, PgType::time};
  for (const core::ChangeCard& change : changes) {
    given.text(change.program.view());
    given.text(change.card.view());
    given.enumerator(change.status);
    given.time(change.active_from);
    given.time(change.expires_at);
  }
  AUTHD_TRY(changed, connection.exec(change_cards_sql, PgParams().columns(given)));
  return changed.affected();
}

}  // namespace authd::store
