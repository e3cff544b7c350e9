// Any bytes as a gateway request of Marqeta: never accepted when simdjson's validating DOM parser
// refuses them, never called malformed when it accepts them, and always answered with valid JSON.

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/json_walk.h"
#include "authd/processors/marqeta.h"
#include "core/assert.h"

namespace authd::processors {
namespace {

constexpr std::size_t body_bytes_max = 65'536;

bool valid_json(std::string_view text) {
  static simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

// The padding ends where its memory ends and holds what looks like more of the body.
std::vector<char> padded(std::string_view body) {
  std::vector<char> bytes(body.begin(), body.end());
  const char padding = body.empty() ? '}' : body[body.size() / 2];
  bytes.resize(body.size() + PaddedBody::padding_bytes, padding);
  return bytes;
}

void check(std::string_view body) {
  static JsonWalk walk(body_bytes_max);
  static const auto program = *core::ProgramId::from("fuzz");
  const std::vector<char> bytes = padded(body);
  const auto message = marqeta::parse_gateway_request(walk, program, {{bytes.data(), body.size()}});

  std::string answer;
  if (!message) {
    const ParseFault fault = message.error().fault;
    AUTHD_ASSERT(fault != ParseFault::malformed || !valid_json(body));
    render_parse_error(message.error(), answer);
    AUTHD_ASSERT(valid_json(answer));
    return;
  }
  AUTHD_ASSERT(valid_json(body));
  AUTHD_ASSERT(message->request.amount.minor_units >= 0);
  core::Answer given;
  given.decision.approved = message->request.amount;
  AUTHD_ASSERT(marqeta::render_gateway_answer(*message, given, answer) == 200);
  AUTHD_ASSERT(valid_json(answer));
  given.decision.reason = core::Reason::insufficient_funds;
  AUTHD_ASSERT(marqeta::render_gateway_answer(*message, given, answer) == 402);
  AUTHD_ASSERT(valid_json(answer));
}

}  // namespace
}  // namespace authd::processors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  authd::processors::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
