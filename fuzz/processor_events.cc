// Any bytes as a question and as a webhook of every processor: nothing is accepted that simdjson's
// validating DOM parser refuses, nothing is called malformed that it accepts, every question can be
// answered for every reason, and the same bytes always say the same.

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/adyen.h"
#include "authd/processors/lithic.h"
#include "authd/processors/marqeta.h"
#include "authd/processors/stripe.h"
#include "core/assert.h"

namespace authd::processors {
namespace {

const MarqetaAdapter marqeta_adapter;
const StripeAdapter stripe_adapter;
const LithicAdapter lithic_adapter;
const AdyenAdapter adyen_adapter;

constexpr std::array<const Adapter*, 4> adapters{
    &marqeta_adapter,
    &stripe_adapter,
    &lithic_adapter,
    &adyen_adapter,
};

constexpr std::size_t body_bytes_max = 65'536;
const auto program = *core::ProgramId::from("fuzz");

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

// What was read must be JSON; what is not JSON must have been refused; and the error can be told.
void check_error(const std::optional<ParseError>& error, bool is_json) {
  AUTHD_ASSERT(error || is_json);
  if (!error) return;
  AUTHD_ASSERT(error->fault != ParseFault::malformed || !is_json);
  std::string body;
  render_parse_error(*error, body);
  AUTHD_ASSERT(valid_json(body));
}

void check_amount(core::Money amount) {
  AUTHD_ASSERT(amount.minor_units >= 0 && amount.minor_units <= core::minor_units_max);
  AUTHD_ASSERT(amount.currency != core::Currency());
}

void check_question(const Adapter& adapter, JsonWalk& walk, PaddedBody body, bool is_json) {
  const auto question = adapter.read_question(walk, program, body);
  check_error(question ? std::nullopt : std::optional{question.error()}, is_json);
  if (!question) return;
  AUTHD_ASSERT(*question == *adapter.read_question(walk, program, body));
  check_amount(question->request.amount);
  AUTHD_ASSERT(!question->request.message.empty() && !question->request.card.empty());

  Reply reply;
  for (const core::Reason reason : core::all_reasons()) {
    core::Answer answer;
    answer.decision.reason = reason;
    if (reason == core::Reason::approved) answer.decision.approved = question->request.amount;
    adapter.render_answer(*question, answer, reply);
    AUTHD_ASSERT(valid_json(reply.body));
  }
}

void check_events(const Adapter& adapter, JsonWalk& walk, PaddedBody body, bool is_json) {
  std::vector<core::Event> events;
  const auto error = adapter.read_events(walk, program, body, events);
  check_error(error, is_json);
  AUTHD_ASSERT(is_json || events.empty());
  for (const core::Event& event : events) {
    check_amount(event.amount);
    AUTHD_ASSERT(!event.notice.empty() && !event.card.empty());
    AUTHD_ASSERT(event.program == program);
  }
  std::vector<core::Event> again;
  AUTHD_ASSERT(adapter.read_events(walk, program, body, again) == error);
  AUTHD_ASSERT(again == events);
}

void check(std::string_view text) {
  static JsonWalk walk(body_bytes_max);
  const std::vector<char> bytes = padded(text);
  const PaddedBody body{{bytes.data(), text.size()}};
  const bool is_json = valid_json(text);
  for (const Adapter* const adapter : adapters) {
    check_question(*adapter, walk, body, is_json);
    check_events(*adapter, walk, body, is_json);
  }
}

}  // namespace
}  // namespace authd::processors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  authd::processors::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
