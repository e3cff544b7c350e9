// Proposal: what an approval would make of an authorization, and how much of it the account has the
// money for.

#pragma once

#include <cstdint>
#include <optional>

#include "core/booking.h"

namespace authd::core {

struct Proposal {
  Course course;
  Standing after;  // approved in full, with the extra hold
  std::int64_t extra_minor = 0;
  std::int64_t held_without_extra_minor = 0;  // change of what is held
};

// Makes `minor` the share of an approved message. False when a sum would leave int64.
bool give_share(Authorization& authorization, Message& message, std::int64_t minor) noexcept;

// `message`: the request's row, before it is approved. Nothing when a sum would leave int64.
std::optional<Proposal> propose(const Request& request, const Message& message,
                                const Program& program, const Authorization& authorization);

// How much of a debit may be approved; 0: not enough for what is asked. Sets `in_full`.
std::int64_t approvable(const Request& request, const Message& message, const Parties& parties,
                        const Proposal& proposal, bool& in_full) noexcept;

}  // namespace authd::core
