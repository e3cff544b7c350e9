#include "authd/api/recon_proposal_row.h"

#include <limits>

#include "authd/api/recon_sql.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

// Numbers of authd.book and authd.entry_kind.
constexpr std::int16_t funding = 3;
constexpr std::int16_t settlement = 4;
constexpr std::int16_t suspense = 5;
constexpr std::int16_t write_off_book = 9;
constexpr std::int16_t write_off_entry = 20;
constexpr std::int16_t correction_entry = 21;

std::string select() {
  return "SELECT p.id, p.kind, p.amount_minor, coalesce(p.account_id, 0), p.needs_second, p.reason,"
         " p.proposed_by, p.verdict IS NULL,"
         " coalesce((SELECT t.action = 'adjustment_begun' FROM authd.recon_trail AS t"
         "   WHERE t.discrepancy_id = p.discrepancy_id"
         "   AND t.action IN ('adjustment_begun', 'adjustment_declined')"
         "   AND t.detail->>'proposal' = p.id::text ORDER BY t.number DESC LIMIT 1), false)"
         " FROM authd.recon_proposal AS p ";
}

Proposal read_proposal(const store::PgResult& result, int row) {
  Proposal read;
  read.id = result.number<std::int64_t>(row, 0);
  read.kind = static_cast<ProposalKind>(result.number<std::int16_t>(row, 1));
  read.amount_minor = result.number<std::int64_t>(row, 2);
  read.account = result.number<std::int64_t>(row, 3);
  read.needs_second = result.number<std::int8_t>(row, 4) != 0;
  read.reason = result.text(row, 5);
  read.proposed_by = result.text(row, 6);
  read.is_pending = result.number<std::int8_t>(row, 7) != 0;
  read.is_begun = result.number<std::int8_t>(row, 8) != 0;
  return read;
}

json::object detail_of(const Case& of, const Proposal& proposal) {
  json::object detail{
      {"proposal", proposal.id},
      {"kind", recon::proposal_kind_names[static_cast<std::size_t>(proposal.kind) - 1]},
      {"amount_minor", proposal.amount_minor},
      {"currency", of.currency}};
  if (proposal.account != 0) detail["account"] = proposal.account;
  return detail;
}

core::Result<void, Problem> decide(const Call& call, Connection& connection,
                                   const Proposal& proposal, std::int16_t verdict,
                                   std::int64_t entry) {
  PgParams params;
  params.number(proposal.id).number(verdict).text(actor_of(call)).number(entry);
  AUTHD_TRY(decided, connection.exec_prepared("recon_proposal_decide", params));
  if (decided.affected() == 1) return {};
  return Unexpected{Problem(Kind::wrong_state, "The proposal has been decided on.")};
}

// Without its sign; the one number that has no opposite is above any limit.
bool is_above(std::int64_t amount_minor, std::int64_t limit_minor) noexcept {
  if (amount_minor == std::numeric_limits<std::int64_t>::min()) return true;
  return (amount_minor < 0 ? -amount_minor : amount_minor) > limit_minor;
}

}  // namespace

core::Result<std::optional<Proposal>, Problem> pending_proposal(Connection& connection,
                                                                const Case& of) {
  AUTHD_TRY(found, connection.exec_prepared("recon_proposal_pending", PgParams().number(of.id)));
  if (found.rows() == 0) return std::optional<Proposal>();
  return std::optional<Proposal>(read_proposal(found, 0));
}

core::Result<Proposal, Problem> find_proposal(Connection& connection, std::int64_t id) {
  AUTHD_TRY(found, connection.exec_prepared("recon_proposal_get", PgParams().number(id)));
  if (found.rows() == 0) return Unexpected{store::unexpected("a proposal is missing")};
  return read_proposal(found, 0);
}

core::Result<Proposal, Problem> propose(const Call& call, Connection& connection, const Case& of,
                                        const NewProposal& wanted) {
  if (of.difference_minor == 0) {
    return Unexpected{Problem(Kind::wrong_state, "There is no difference to settle.")};
  }
  if (of.difference_minor == std::numeric_limits<std::int64_t>::min()) {
    return Unexpected{Problem(Kind::wrong_state, "The difference cannot be booked.")};
  }
  PgParams params;
  params.number(of.id).number(of.difference_minor).number(wanted.account);
  params.number(static_cast<std::int16_t>(wanted.kind));
  params.number(
      static_cast<std::int8_t>(is_above(of.difference_minor, of.approval_above_minor) ? 1 : 0));
  params.text(of.currency).text(wanted.reason).text(actor_of(call));
  AUTHD_TRY(made, connection.exec_prepared("recon_proposal_insert", params));
  AUTHD_TRY(proposal, find_proposal(connection, made.number<std::int64_t>(0, 0)));
  const bool is_write_off = wanted.kind == ProposalKind::write_off;
  CaseStep step{CaseState::awaiting_approval, CaseResolution::none, 0,
                is_write_off ? "write_off_proposed" : "adjustment_proposed",
                detail_of(of, proposal)};
  step.detail["reason"] = wanted.reason;
  step.detail["needs_second"] = proposal.needs_second;
  AUTHD_TRY_VOID(take_step(call, connection, of, step));
  return proposal;
}

core::Result<core::MoveMoney, Problem> transfer_of(const Case& of, const Proposal& proposal) {
  const auto program = core::ProgramId::from(of.program);
  const auto currency = core::Currency::from_alpha(of.currency);
  const auto id = core::MessageId::from("rc_" + std::to_string(proposal.id));
  if (!program || !currency || !id) {
    return Unexpected{store::unexpected("a proposal of no known program or currency")};
  }
  core::MoveMoney move;
  move.program = *program;
  move.id = *id;
  move.kind = core::TransferKind::correction;
  const bool is_debit = proposal.amount_minor < 0;
  (is_debit ? move.from : move.to) = core::AccountId{proposal.account};
  move.amount = {is_debit ? -proposal.amount_minor : proposal.amount_minor, *currency};
  return move;
}

core::Result<void, Problem> note_begun(const Call& call, Connection& connection, const Case& of,
                                       const Proposal& proposal) {
  if (proposal.is_begun) return {};
  json::object detail = detail_of(of, proposal);
  return note(call, connection,
              {of.supplier, of.run, of.id, "adjustment_begun", std::move(detail)});
}

core::Result<void, Problem> note_declined(const Call& call, Connection& connection, const Case& of,
                                          const Proposal& proposal, core::Reason reason) {
  json::object detail = detail_of(of, proposal);
  detail["reason"] = core::name(reason);
  return note(call, connection,
              {of.supplier, of.run, of.id, "adjustment_declined", std::move(detail)});
}

core::Result<void, Problem> carry_out(const Call& call, Connection& connection, const Case& of,
                                      const Proposal& proposal) {
  const bool is_write_off = proposal.kind == ProposalKind::write_off;
  PgParams params;
  params.text(of.program).number(is_write_off ? write_off_entry : correction_entry);
  params.number(proposal.amount_minor).text(of.currency);
  params.number(is_write_off ? write_off_book : suspense);
  params.number(of.books == card_books ? settlement : funding);
  AUTHD_TRY(booked, connection.exec_prepared("recon_book", params));
  const auto entry = booked.number<std::int64_t>(0, 0);
  constexpr std::int16_t approved = 1;
  AUTHD_TRY_VOID(decide(call, connection, proposal, approved, entry));
  CaseStep step{CaseState::resolved,
                is_write_off ? CaseResolution::written_off : CaseResolution::adjusted, 0,
                is_write_off ? "written_off" : "adjusted", detail_of(of, proposal)};
  step.detail["entry"] = json::object{{"shard", 0}, {"sequence", entry}};
  return take_step(call, connection, of, step);
}

core::Result<void, Problem> reject(const Call& call, Connection& connection, const Case& of,
                                   const Proposal& proposal, const std::string& reason) {
  constexpr std::int16_t rejected = 2;
  AUTHD_TRY_VOID(decide(call, connection, proposal, rejected, 0));
  CaseStep step{CaseState::open, CaseResolution::none, 0, "rejected", detail_of(of, proposal)};
  step.detail["reason"] = reason;
  return take_step(call, connection, of, step);
}

std::vector<Statement> proposal_statements() {
  return {
      {"recon_proposal_pending", select() + "WHERE p.discrepancy_id = $1 AND p.verdict IS NULL"},
      {"recon_proposal_get", select() + "WHERE p.id = $1"},
      {"recon_proposal_insert",
       "INSERT INTO authd.recon_proposal (discrepancy_id, amount_minor, account_id, kind,"
       " needs_second, currency, reason, proposed_by)"
       " VALUES ($1, $2, nullif($3::bigint, 0), $4, $5, $6::text, $7, $8) RETURNING id"},
      {"recon_proposal_decide",
       "UPDATE authd.recon_proposal SET verdict = $2, decided_by = $3, decided_at = now(),"
       " entry_seq = nullif($4::bigint, 0) WHERE id = $1 AND verdict IS NULL"},
      {"recon_book", "SELECT authd.recon_book($1, $2, $3, $4::text, $5, $6)"}};
}

}  // namespace authd::api
