// A row of authd.recon_proposal: money that is to settle an exception, and the steps it goes
// through.
//
//   written off   proposed  →  approved: an entry of the ledger, in the same transaction
//   adjusted      proposed  →  begun  →  the transfer "rc_<id>" of the sequencer  →  approved
//
// The transfer is no part of any transaction. Once it is begun the proposal cannot be rejected
// until the transfer was declined, so that what was rejected has moved nothing.

#pragma once

#include <optional>
#include <string>

#include "authd/api/recon_case.h"
#include "core/transfer.h"

namespace authd::api {

enum class ProposalKind : std::int16_t { write_off = 1, adjustment = 2 };

struct Proposal {
  std::int64_t id = 0;
  ProposalKind kind = ProposalKind::write_off;
  std::int64_t amount_minor = 0;
  std::int64_t account = 0;  // of an adjustment
  bool needs_second = true;
  std::string reason;
  std::string proposed_by;
  bool is_pending = true;
  bool is_begun = false;  // its transfer, which was not declined as far as we know
};

// The pending one, if there is one.
core::Result<std::optional<Proposal>, Problem> pending_proposal(store::Connection& connection,
                                                                const Case& of);
core::Result<Proposal, Problem> find_proposal(store::Connection& connection, std::int64_t id);

struct NewProposal {
  ProposalKind kind = ProposalKind::write_off;
  std::int64_t account = 0;
  std::string reason;
};
// Above the supplier's limit it needs a second person. The exception awaits the decision.
// wrong_state when there is no difference.
core::Result<Proposal, Problem> propose(const Call& call, store::Connection& connection,
                                        const Case& of, const NewProposal& wanted);

core::Result<core::MoveMoney, Problem> transfer_of(const Case& of, const Proposal& proposal);
core::Result<void, Problem> note_begun(const Call& call, store::Connection& connection,
                                       const Case& of, const Proposal& proposal);
core::Result<void, Problem> note_declined(const Call& call, store::Connection& connection,
                                          const Case& of, const Proposal& proposal,
                                          core::Reason reason);

// Books it; the caller decides. An adjustment's transfer must have been posted. The exception is
// resolved.
core::Result<void, Problem> carry_out(const Call& call, store::Connection& connection,
                                      const Case& of, const Proposal& proposal);

// The exception is open again.
core::Result<void, Problem> reject(const Call& call, store::Connection& connection, const Case& of,
                                   const Proposal& proposal, const std::string& reason);

std::vector<Statement> proposal_statements();

}  // namespace authd::api
