#include "authd/api/recon_proposals.h"

#include "authd/api/body_reader.h"
#include "authd/api/idempotency.h"
#include "authd/api/move.h"
#include "authd/api/precondition.h"
#include "authd/api/recon_exception_row.h"
#include "authd/api/recon_proposal_row.h"
#include "authd/api/recon_sql.h"
#include "authd/api/wallet.h"
#include "authd/api/with_connection.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

// Done, or waiting for a second person.
core::Result<Answer, Problem> answer_to(const Call& call, Connection& connection, const Case& of,
                                        bool is_done) {
  AUTHD_TRY(answer, exception_answer(call, connection, of.id));
  if (!is_done) answer.status = 202;
  return std::move(answer);
}

Outcome write_off(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, [](BodyReader& body) {
              return body.text("reason", reason_size, Need::required).value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_workable(of));
  AUTHD_TRY(proposal,
            propose(call, connection, of, {ProposalKind::write_off, 0, std::move(reason)}));
  if (!proposal.needs_second) AUTHD_TRY_VOID(carry_out(call, connection, of, proposal));
  return answer_to(call, connection, of, !proposal.needs_second);
}

core::Result<NewProposal, Problem> read_adjustment(const Call& call) {
  return read_body(call, [](BodyReader& body) {
    NewProposal wanted;
    wanted.kind = ProposalKind::adjustment;
    wanted.reason = body.text("reason", reason_size, Need::required).value.value_or("");
    wanted.account = body.integer("account", 1, integer_max, Need::required).value.value_or(0);
    return wanted;
  });
}

core::Result<void, Problem> expect_account(const Call& call, Connection& connection, const Case& of,
                                           std::int64_t account) {
  const auto wallet = find_wallet(call, connection, account);
  if (!wallet && wallet.error().kind != Kind::not_found) return Unexpected{wallet.error()};
  if (!wallet || wallet->program.view() != of.program) {
    return Unexpected{wrong_field("account", "is not known in the program")};
  }
  if (wallet->currency.alpha() == of.currency) return {};
  return Unexpected{wrong_field("account", "is of another currency")};
}

// What comes before the money is moved: the answer, or the transfer.
struct Begun {
  std::optional<Answer> answer;
  std::int64_t proposal = 0;
  core::MoveMoney move;
};

// Who proposed it already, in a request of which the answer got lost, goes on with that.
core::Result<std::optional<Proposal>, Problem> own_proposal(const Call& call,
                                                            Connection& connection, const Case& of,
                                                            const NewProposal& wanted) {
  if (of.state != CaseState::awaiting_approval) return std::optional<Proposal>();
  AUTHD_TRY(pending, pending_proposal(connection, of));
  const bool is_it = pending && !pending->needs_second && pending->kind == wanted.kind &&
                     pending->account == wanted.account && pending->reason == wanted.reason &&
                     pending->proposed_by == actor_of(call);
  return is_it ? std::move(pending) : std::optional<Proposal>();
}

core::Result<Begun, Problem> begin_move(const Call& call, Connection& connection, const Case& of,
                                        const Proposal& proposal) {
  AUTHD_TRY(move, transfer_of(of, proposal));
  AUTHD_TRY_VOID(note_begun(call, connection, of, proposal));
  return Begun{std::nullopt, proposal.id, move};
}

core::Result<Begun, Problem> begin_adjustment(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_adjustment(call));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY(own, own_proposal(call, connection, of, wanted));
  if (own) return begin_move(call, connection, of, *own);
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_workable(of));
  AUTHD_TRY_VOID(expect_account(call, connection, of, wanted.account));
  AUTHD_TRY(proposal, propose(call, connection, of, wanted));
  if (!proposal.needs_second) return begin_move(call, connection, of, proposal);
  AUTHD_TRY(answer, answer_to(call, connection, of, false));
  AUTHD_TRY_VOID(store_answer(call, answer, connection));
  return Begun{std::move(answer), proposal.id, {}};
}

// The pending proposal, when the caller may decide on it.
core::Result<Proposal, Problem> expect_decidable(const Call& call, Connection& connection,
                                                 const Case& of) {
  AUTHD_TRY(pending, pending_proposal(connection, of));
  if (!pending) return Unexpected{Problem(Kind::wrong_state, "No proposal awaits a decision.")};
  if (pending->needs_second && pending->proposed_by == actor_of(call)) {
    return Unexpected{
        Problem(Kind::wrong_state,
                "This needs a second person: the key that proposed it may not decide on it.")};
  }
  return std::move(*pending);
}

core::Result<Begun, Problem> begin_approval(const Call& call, Connection& connection) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY(proposal, expect_decidable(call, connection, of));
  if (proposal.kind == ProposalKind::adjustment) return begin_move(call, connection, of, proposal);
  AUTHD_TRY_VOID(carry_out(call, connection, of, proposal));
  AUTHD_TRY(answer, answer_to(call, connection, of, true));
  AUTHD_TRY_VOID(store_answer(call, answer, connection));
  return Begun{std::move(answer), proposal.id, {}};
}

using Begin = core::Result<Begun, Problem> (*)(const Call&, Connection&);

core::Result<Begun, Problem> begin_step(const Call& call, Connection& connection, Begin begin) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(stored, claim_key(call, connection));
  if (stored) return Begun{std::move(stored), 0, {}};
  AUTHD_TRY(begun, begin(call, connection));
  AUTHD_TRY_VOID(transaction.commit());
  return std::move(begun);
}

// Why the state declines to move the money.
std::optional<core::Reason> refusal(const core::Moved& moved) noexcept {
  if (moved.fault == core::Moved::Fault::out_of_range) return core::Reason::sum_out_of_range;
  if (moved.origin == core::Moved::Origin::refused) return std::nullopt;  // a fault of ours
  if (moved.transfer.status == core::TransferStatus::declined) return moved.transfer.reason;
  return std::nullopt;
}

Problem declined_adjustment(const Call& call, const Begun& begun, core::Reason reason) {
  core::Transfer transfer;
  transfer.program = begun.move.program;
  transfer.id = begun.move.id;
  transfer.kind = begun.move.kind;
  transfer.from = begun.move.from;
  transfer.to = begun.move.to;
  transfer.amount = begun.move.amount;
  transfer.status = core::TransferStatus::declined;
  transfer.reason = reason;
  return declined(reason, transfer_json(as_begun(transfer), call.caller));
}

// Behind the money. What another request has ended meanwhile has ended.
Outcome end_step(const Call& call, Connection& connection, const Begun& begun,
                 const core::Moved& moved) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(stored, claim_key(call, connection));
  if (stored) return std::move(*stored);
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY(proposal, find_proposal(connection, begun.proposal));
  if (const auto reason = refusal(moved)) {
    if (proposal.is_begun) {
      AUTHD_TRY_VOID(note_declined(call, connection, of, proposal, *reason));
    }
    AUTHD_TRY_VOID(transaction.commit());
    return Unexpected{declined_adjustment(call, begun, *reason)};
  }
  if (moved.origin == core::Moved::Origin::refused) {
    return Unexpected{store::unexpected("the state refuses the transfer of a proposal")};
  }
  if (proposal.is_pending) AUTHD_TRY_VOID(carry_out(call, connection, of, proposal));
  AUTHD_TRY(answer, answer_to(call, connection, of, true));
  AUTHD_TRY_VOID(store_answer(call, answer, connection));
  AUTHD_TRY_VOID(transaction.commit());
  return std::move(answer);
}

net::Awaitable<Outcome> move_between(const Call& call, const Facilities& facilities, Begin begin) {
  auto before = [&](Connection& connection) { return begin_step(call, connection, begin); };
  const auto begun = co_await with_connection(facilities.pool, facilities.mailbox, before);
  if (!begun) co_return Unexpected{begun.error()};
  if (begun->answer) co_return *begun->answer;
  const auto moved = co_await submit(call, facilities, begun->move);
  if (!moved) co_return Unexpected{moved.error()};
  auto after = [&](Connection& connection) { return end_step(call, connection, *begun, *moved); };
  co_return co_await with_connection(facilities.pool, facilities.mailbox, after);
}

Wait moves(Begin begin) {
  return {[begin](const Call& call, const Facilities& facilities) {
    return move_between(call, facilities, begin);
  }};
}

Outcome reject_proposal(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, [](BodyReader& body) {
              return body.text("reason", reason_size, Need::required).value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY(proposal, expect_decidable(call, connection, of));
  if (proposal.is_begun) {
    return Unexpected{Problem(Kind::wrong_state,
                              "Its money is being moved, or has been: approve it again to find"
                              " out.")};
  }
  AUTHD_TRY_VOID(reject(call, connection, of, proposal, reason));
  return exception_answer(call, connection, of.id);
}

}  // namespace

Resource recon_proposals_resource() {
  using net::Method;
  return {{{Method::post, "/v1/reconciliation/exceptions/{exception:id}/write-off",
            "writeOffReconciliationException", Scope::recon_write, Change{write_off}},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/adjustment",
            "adjustReconciliationException", Scope::recon_write, moves(begin_adjustment)},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/approve",
            "approveReconciliationProposal", Scope::recon_approve, moves(begin_approval)},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/reject",
            "rejectReconciliationProposal", Scope::recon_approve, Change{reject_proposal}}},
          proposal_statements()};
}

}  // namespace authd::api
