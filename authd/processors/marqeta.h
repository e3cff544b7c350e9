// Marqeta's gateway (JIT Funding): a transaction object comes in, a decision about its funding goes
// out.
//
// The request is a transaction with `gpa_order` (money that the cardholder spends) or
// `gpa_order_unload` (money for the cardholder); in it `jit_funding` says what is asked. The class
// follows the URL, not the content: whatever is posted to the gateway is answered, and a method
// that is no question we know becomes Kind::unsupported, which is always declined.
//
// Fields that matter for money or for the answer are strict. Merchant fields come from the acquirer
// and are often dirty: what cannot be used is absent, never an error. Other fields only have to be
// valid JSON without a PAN.
//
// Threads: functions of their arguments; a JsonWalk belongs to one thread.

#pragma once

#include <string>

#include "authd/processors/json_walk.h"
#include "authd/processors/parse_error.h"
#include "core/apply.h"
#include "core/identifiers.h"
#include "core/request.h"
#include "core/result.h"
#include "core/text.h"

namespace authd::processors::marqeta {

// What the answer repeats of `jit_funding`, as it came.
struct JitFunding {
  using Text = core::InlineText<64>;  // Marqeta's tokens have up to 36 characters, methods 46

  Text token;
  Text method;
  Text user_token;
  Text acting_user_token;  // empty when absent
  Text business_token;     // empty when absent
  friend bool operator==(const JitFunding&, const JitFunding&) = default;
};

struct GatewayMessage {
  core::Request request;
  JitFunding funding;
  friend bool operator==(const GatewayMessage&, const GatewayMessage&) = default;
};

core::Result<GatewayMessage, ParseError> parse_gateway_request(JsonWalk& walk,
                                                               const core::ProgramId& program,
                                                               PaddedBody body);

// Replaces `body` by the answer and returns its HTTP status: 200 approves, 402 declines. The same
// message and answer give the same bytes. Amounts beyond 15 characters allocate, nothing else does
// once `body` has grown.
unsigned render_gateway_answer(const GatewayMessage& message, const core::Answer& answer,
                               std::string& body);

// One of the 24 values that Marqeta's API lists for `decline_reason`. `reason` is not `approved`.
std::string_view decline_reason(core::Reason reason) noexcept;

}  // namespace authd::processors::marqeta
