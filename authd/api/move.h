// Moving money: how a POST becomes a transfer, once, whatever breaks in between.
//
// The transfer's id is made of the caller's program and the Idempotency-Key: a retry is the same
// command, and the state knows it again, so that nothing about it has to be remembered here. What
// the state does not know (reference, counterparty) is written before the command is submitted, and
// compared.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authd/api/call.h"
#include "authd/api/transfer_row.h"

namespace authd::api {

// "tr_" or, of wires, "wi_" and 43 characters.
std::string transfer_id(const Call& call, core::TransferKind kind);

struct WantedTransfer {
  core::TransferKind kind = core::TransferKind::transfer;
  core::AccountId from;  // 0: the outside
  core::AccountId to;    // 0: the outside
  core::Money amount;
  bool reserve = false;
  std::string reference;     // empty: none
  std::string counterparty;  // JSON; empty: none

  // Whose program it belongs to, and who must be allowed to ask for it.
  std::int64_t owner() const noexcept { return from == core::AccountId{} ? to.value : from.value; }
};

// The transfer as it was begun, declined ones included. not_found: the owning account is not the
// caller's; idempotency_key_reused: with another request.
net::Awaitable<core::Result<TransferRow, Problem>> begin_transfer(const Call& call,
                                                                  const Facilities& facilities,
                                                                  WantedTransfer wanted);

// Submits the command. What was refused is in the value.
net::Awaitable<core::Result<core::Moved, Problem>> submit(const Call& call,
                                                          const Facilities& facilities,
                                                          core::Command command);

// `transfer`: as it is shown.
Problem declined(core::Reason reason, boost::json::object transfer);

std::vector<Statement> move_statements();

}  // namespace authd::api
