#include "authd/api/change.h"

#include "authd/api/idempotency.h"

namespace authd::api {

namespace {

using store::PgParams;
using store::Transaction;

}  // namespace

Outcome run_change(const Call& call, store::Connection& connection, const Change& change) {
  const bool has_key = !call.idempotency_key.empty();
  AUTHD_TRY(transaction, Transaction::begin(connection));
  AUTHD_TRY_VOID(connection.exec_prepared("api_actor", PgParams().text(actor_of(call))));
  if (has_key) {
    AUTHD_TRY(stored, claim_key(call, connection));
    if (stored && stored->mirrored) {
      // The mirror may have forgotten that transaction long ago.
      AUTHD_TRY(now, connection.exec_prepared("api_position", PgParams()));
      stored->position = static_cast<std::uint64_t>(now.number<std::int64_t>(0, 0));
    }
    if (stored) return std::move(*stored);
  }
  AUTHD_TRY(answer, change.run(call, connection));
  if (answer.mirrored) {
    AUTHD_TRY(id, connection.exec_prepared("api_transaction", PgParams()));
    answer.transaction = static_cast<std::uint64_t>(id.number<std::int64_t>(0, 0));
  }
  if (has_key) AUTHD_TRY_VOID(store_answer(call, answer, connection));
  AUTHD_TRY_VOID(transaction.commit());
  return std::move(answer);
}

std::string actor_of(const Call& call) { return "key:" + call.caller.prefix; }

std::vector<Statement> change_statements() {
  return {
      {"api_actor", "SELECT set_config('authd.actor', $1, true)"},
      {"api_transaction", "SELECT pg_current_xact_id()::text::bigint"},
      {"api_position", "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"},
  };
}

}  // namespace authd::api
