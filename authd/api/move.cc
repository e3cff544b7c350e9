#include "authd/api/move.h"

#include "authd/api/api_key.h"
#include "authd/api/base64url.h"
#include "authd/api/wallet.h"
#include "authd/api/with_connection.h"
#include "authd/explain/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::string_view transfer_prefix = "tr_";
constexpr std::string_view wire_prefix = "wi_";

std::string id_with(std::string_view prefix, const Call& call) {
  // A key has no line end in it, so that no two pairs give the same text.
  const Digest digest = sha256(call.caller.program + "\n" + call.idempotency_key);
  const store::Bytes bytes = digest;
  std::string text;
  for (const std::byte byte : bytes) text += static_cast<char>(byte);
  return std::string(prefix) + to_base64url(text);
}

// Writes down what was said about the transfer, unless the key was used before; then it must have
// been for the same. Looks in every program, and among wires as well as transfers: a key stands for
// one request.
core::Result<void, Problem> keep_detail(const Call& call, Connection& connection,
                                        const core::ProgramId& program,
                                        const WantedTransfer& wanted) {
  const std::string id = transfer_id(call, wanted.kind);
  const bool is_wire = wanted.kind == core::TransferKind::wire;
  const std::string other = id_with(is_wire ? transfer_prefix : wire_prefix, call);
  PgParams put;
  put.text("key:" + call.caller.prefix).text(program.view()).text(id);
  put.text(wanted.reference).text(wanted.counterparty).text(other);
  AUTHD_TRY_VOID(connection.exec_prepared("transfer_detail_put", put));
  // A statement of its own: it sees what another one has put meanwhile.
  PgParams compare;
  compare.text(program.view()).text(id).text(wanted.reference).text(wanted.counterparty);
  compare.text(other);
  AUTHD_TRY(same, connection.exec_prepared("transfer_detail_same", compare));
  if (same.number<std::int8_t>(0, 0) == 0) return Unexpected{Problem(Kind::idempotency_key_reused)};
  return {};
}

core::Result<core::MoveMoney, Problem> prepare_move(const Call& call, Connection& connection,
                                                    const WantedTransfer& wanted) {
  AUTHD_TRY(wallet, find_wallet(call, connection, wanted.owner()));
  AUTHD_TRY_VOID(keep_detail(call, connection, wallet.program, wanted));
  const auto id = core::MessageId::from(transfer_id(call, wanted.kind));
  AUTHD_ASSERT(id.has_value());
  return core::MoveMoney{wallet.program, *id,           wanted.kind,    wanted.from,
                         wanted.to,      wanted.amount, wanted.reserve, false};
}

Problem fault_problem(MoveFault fault) {
  switch (fault) {
    case MoveFault::overloaded: break;
    case MoveFault::storage: return {Kind::overloaded, "There is no room to record it."};
    case MoveFault::not_in_ledger_yet:
      return {Kind::not_applied_yet,
              "It is done or declined, but the ledger does not show it yet: the same"
              " Idempotency-Key finds out."};
  }
  return {Kind::overloaded};
}

}  // namespace

std::string transfer_id(const Call& call, core::TransferKind kind) {
  return id_with(kind == core::TransferKind::wire ? wire_prefix : transfer_prefix, call);
}

net::Awaitable<core::Result<core::Moved, Problem>> submit(const Call& call,
                                                          const Facilities& facilities,
                                                          core::Command command) {
  if (!facilities.mover) co_return Unexpected{Problem(Kind::unavailable, "Nothing moves money.")};
  const auto moved =
      co_await facilities.mover(std::move(command), call.deadline, facilities.mailbox);
  if (!moved) co_return Unexpected{fault_problem(moved.error())};
  co_return *moved;
}

net::Awaitable<core::Result<TransferRow, Problem>> begin_transfer(const Call& call,
                                                                  const Facilities& facilities,
                                                                  WantedTransfer wanted) {
  auto on_worker = [&](Connection& connection) { return prepare_move(call, connection, wanted); };
  const auto move = co_await with_connection(facilities.pool, facilities.mailbox, on_worker);
  if (!move) co_return Unexpected{move.error()};
  const auto moved = co_await submit(call, facilities, *move);
  if (!moved) co_return Unexpected{moved.error()};
  if (moved->fault == core::Moved::Fault::conflict) {
    co_return Unexpected{Problem(Kind::idempotency_key_reused)};
  }
  if (moved->origin == core::Moved::Origin::refused) {
    Problem problem(Kind::internal);
    problem.cause = "the state refuses the transfer: " + std::string(explain::name(moved->fault));
    co_return Unexpected{std::move(problem)};
  }
  TransferRow row = as_begun(moved->transfer);
  row.reference = wanted.reference;
  row.counterparty = wanted.counterparty;
  co_return row;
}

Problem declined(core::Reason reason, boost::json::object transfer) {
  Problem problem(Kind::declined, std::string(explain::meaning(reason)));
  problem.members["reason"] = core::name(reason);
  problem.members["transfer"] = std::move(transfer);
  return problem;
}

std::vector<Statement> move_statements() {
  return {
      {"transfer_detail_put",
       "WITH actor AS MATERIALIZED (SELECT set_config('authd.actor', $1, true),"
       "   set_config('synchronous_commit', 'off', true))"
       " INSERT INTO authd.transfer_detail (program, id, reference, counterparty)"
       " SELECT $2, $3, nullif($4, ''), nullif($5, '')::jsonb FROM actor"
       " WHERE NOT EXISTS (SELECT FROM authd.transfer_detail WHERE id IN ($3, $6))"
       " ON CONFLICT DO NOTHING"},
      {"transfer_detail_same",
       "SELECT coalesce(bool_and(id = $2 AND program = $1"
       " AND reference IS NOT DISTINCT FROM nullif($3, '')"
       " AND counterparty IS NOT DISTINCT FROM nullif($4, '')::jsonb), false)"
       " FROM authd.transfer_detail WHERE id IN ($2, $5)"},
  };
}

}  // namespace authd::api
