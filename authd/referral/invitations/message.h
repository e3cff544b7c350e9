// A message to the gateway: what GatewaySettings say of its request, filled in, and what the
// gateway's answer means.
//
// Threads: anywhere, nothing is kept. Errors: sentences for the operator, all of them before
// anything is sent.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/http/message.h"
#include "authd/referral/invitations/placeholders.h"
#include "authd/referral/invitations/segments.h"
#include "authd/referral/settings.h"

namespace authd::referral {

// What is wrong with the settings, each a sentence; empty: nothing. A header "Content-Type" says
// how the body is written: application/json or application/x-www-form-urlencoded. {phone} and
// {text} must stand in the body, {text} there alone.
std::vector<std::string> check(const GatewaySettings& gateway);

// "authd-17": ours of a message, as the gateway gets it and receipts may name it.
std::string reference_of(std::int64_t id);
std::optional<std::int64_t> id_of(std::string_view reference);

// To `target` on the gateway's server. `gateway` has passed check(); `text` is UTF-8.
http::Request request_of(const GatewaySettings& gateway, const std::string& target, std::int64_t id,
                         std::string_view phone, std::string_view text);

enum class Verdict : std::uint8_t { accepted = 1, try_again = 2, refused = 3 };
Verdict verdict_of(int status);

// The gateway's own id of the message, a text or a whole number, up to 200 characters; empty: the
// answer has none there.
std::string gateway_id_of(std::string_view answer_body, const std::string& id_pointer);

// What a header Retry-After says in seconds, 1 to a day. Its other form, a date, is not heeded.
std::optional<std::chrono::seconds> retry_after_of(std::string_view fields);

// How long to wait after the attempt of this number, from 1: retry_first, doubled by every attempt,
// retry_max at most, and up to a quarter less, by the id: what has failed together does not come
// again together.
std::chrono::milliseconds retry_pause(const GatewaySettings& gateway, std::int64_t id,
                                      std::int32_t attempt);

}  // namespace authd::referral
