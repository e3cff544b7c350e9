// Idempotency: a POST that is sent again with the same Idempotency-Key gets the same answer, and
// nothing is done twice.
//
// The answer is stored in the transaction of the change, so that either both are there or neither.
// Only what was done is stored: a request that was refused changed nothing, and is judged again.
// Keys belong to the caller's program; those of keys for every program are apart.
//
//   begin transaction
//   claim_key()   →  the stored answer: leave with it
//   …             the change
//   store_answer()
//   commit

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

inline constexpr std::size_t idempotency_key_size_max = 64;

// 1 to 64 visible ASCII characters.
bool is_idempotency_key(std::string_view text) noexcept;

// Inside the transaction, before anything else. Nothing: the request is new and is ours until the
// transaction ends. idempotency_key_in_use: another transaction has it; idempotency_key_reused: it
// was used for another method, path or body.
core::Result<std::optional<Answer>, Problem> claim_key(const Call& call,
                                                       store::Connection& connection);

core::Result<void, Problem> store_answer(const Call& call, const Answer& answer,
                                         store::Connection& connection);

std::vector<Statement> idempotency_statements();

}  // namespace authd::api
