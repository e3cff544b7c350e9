// The queue of invitations, authd.referral_invitation, and what becomes of them.
//
//   queued ──claim──► sending ──► sent ──► delivered
//     ▲                 │  │       └─────► failed        receipts of the gateway
//     └── tried again ──┘  └─────────────► failed        for good: the gateway refuses, or too
//     often
//   queued, when its turn comes ─────────► opted_out     who wants none
//
// Any number of daemons claim at once. A message that is claimed is its claimer's until the lease
// ends: nobody else gets it before. Who dies between sending a message and recording it leaves it
// to the next one when the lease ends, so a message is sent at least once. That the second attempt
// is the same message the gateway tells by its id, which is the same for every attempt.
//
// The number of the attempt is the claimer's ticket: what is recorded for an attempt that another
// one has followed changes nothing, but for that the message was sent, which stays true.
//
// Threads: those of the connection. Errors: PgError of the server may quote a row, numbers and
// texts included: it is not for the log. The claiming side runs as authd_referral
// (authd/referral/session.h), receipts, opt-outs and requeueing as authd_api.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/connection.h"

namespace authd::referral {

// SHA-256 of program, a line feed and phone.
std::array<std::byte, 32> phone_hash(std::string_view program, std::string_view phone);

// ---------------------------------------------------------------------------------------------
// Sending

struct ClaimedMessage {
  std::int64_t id = 0;
  std::int32_t attempt = 0;  // from 1
  std::string phone;
  std::string text;
};

struct Claim {
  std::vector<ClaimedMessage> messages;
  std::int64_t ended = 0;  // opted out meanwhile, or given up: they count among the limit
};

// Up to `limit` messages whose time has come, the longest waiting first, but none of a program that
// rests. A message of a claimer that died in its last attempt has failed.
core::Result<Claim, store::PgError> claim(store::Connection& connection, std::int32_t limit,
                                          std::chrono::milliseconds lease,
                                          std::int32_t attempts_max);

struct AttemptResult {
  enum class Kind : std::uint8_t {
    sent = 1,       // the gateway has it
    try_again = 2,  // after `pause`
    refused = 3,    // for good
    not_tried = 4,  // the gateway cannot be reached: not counted as an attempt
  };
  Kind kind = Kind::sent;
  std::string gateway_id;  // of what was sent; may be empty
  std::string error;       // up to 500 characters
  std::chrono::milliseconds pause{};
};

core::Result<void, store::PgError> record(store::Connection& connection,
                                          const ClaimedMessage& message,
                                          const AttemptResult& result);

// Messages that wait or are under way, counted up to `most`.
core::Result<std::int64_t, store::PgError> count_queued(store::Connection& connection,
                                                        std::int64_t most);

// Forgets the number and the text of up to `limit` messages that ended so many days ago. Returns of
// how many.
core::Result<std::int64_t, store::PgError> erase(store::Connection& connection, std::int32_t days,
                                                 std::int32_t limit);

// ---------------------------------------------------------------------------------------------
// What others say. Each of these is a transaction's part: the caller commits.

enum class Receipt : std::uint8_t { delivered = 1, failed = 2, opted_out = 3 };

// `reference`: ours ("authd-17") or the gateway's own. Receipts may come in any order, repeatedly,
// and before it is recorded that the message was sent: delivered stays delivered. Opted out: nor
// does its number get others. False: there is no such message.
core::Result<bool, store::PgError> receipt(store::Connection& connection,
                                           std::string_view reference, Receipt what,
                                           std::string_view error);

// From now on nothing goes to that number. `origin`: who says so, for people. Returns how many
// waiting messages that ends. One that is being sent may still go out, but is not tried again.
core::Result<std::int64_t, store::PgError> opt_out(store::Connection& connection,
                                                   std::string_view program, std::string_view phone,
                                                   std::string_view origin);

enum class Requeued : std::uint8_t {
  requeued = 1,
  unknown = 2,
  not_failed = 3,
  erased = 4,
  opted_out = 5,
};

// Tries a failed message again at once; it has failed again after one attempt more.
core::Result<Requeued, store::PgError> requeue(store::Connection& connection, std::int64_t id);

}  // namespace authd::referral
