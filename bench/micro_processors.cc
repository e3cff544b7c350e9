// What an answer costs outside of the decision: authenticating, reading and answering one gateway
// request of Marqeta, and reading its notification.

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/authentication_schemes.h"
#include "authd/processors/json_walk.h"
#include "authd/processors/marqeta.h"
#include "bench/loadgen_message.h"
#include "core/assert.h"

namespace authd::processors {
namespace {

// An invented purchase, as long as they come: what the load generator posts.
const std::string purchase = [] {
  bench::AuthorizationMessages messages{bench::MessageOptions{}};
  const std::string_view request = messages.next();
  return std::string(request.substr(request.find("\r\n\r\n") + 4));
}();

constexpr std::size_t body_bytes_max = 65'536;

std::string padded(std::string_view body) {
  std::string bytes(body);
  bytes.resize(body.size() + PaddedBody::padding_bytes, ' ');
  return bytes;
}

const MarqetaAdapter marqeta_adapter;

Question question_of(std::string_view body) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(body);
  const auto question = marqeta_adapter.read_question(
      walk, *core::ProgramId::from("heron"), {std::string_view(bytes).substr(0, body.size())});
  AUTHD_ASSERT(question);
  return *question;
}

void read_question(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(purchase);
  const PaddedBody body{std::string_view(bytes).substr(0, purchase.size())};
  const auto program = *core::ProgramId::from("heron");
  for (auto _ : state) {
    auto question = marqeta_adapter.read_question(walk, program, body);
    benchmark::DoNotOptimize(question);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(purchase.size()));
}
BENCHMARK(read_question);

// The same transaction as a notification.
void read_events(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string webhook = R"({"transactions":[)" + purchase + "]}";
  const std::string bytes = padded(webhook);
  const PaddedBody body{std::string_view(bytes).substr(0, webhook.size())};
  const auto program = *core::ProgramId::from("heron");
  std::vector<core::Event> events;
  for (auto _ : state) {
    events.clear();
    auto error = marqeta_adapter.read_events(walk, program, body, events);
    AUTHD_ASSERT(!error && events.size() == 1);
    benchmark::DoNotOptimize(events.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(webhook.size()));
}
BENCHMARK(read_events);

// The part of parsing that any table of fields costs.
void walk_for_one_field(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(purchase);
  const PaddedBody body{std::string_view(bytes).substr(0, purchase.size())};
  constexpr auto fields = json_fields({{"token"}});
  std::array<JsonValue, fields.count> values;
  for (auto _ : state) {
    auto walked = walk.run(body, fields.table(), values);
    benchmark::DoNotOptimize(walked);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(purchase.size()));
}
BENCHMARK(walk_for_one_field);

void render_approval(benchmark::State& state) {
  const Question question = question_of(purchase);
  core::Answer answer;
  answer.decision.approved = question.request.amount;
  Reply reply;
  for (auto _ : state) {
    marqeta_adapter.render_answer(question, answer, reply);
    benchmark::DoNotOptimize(reply.body.data());
  }
}
BENCHMARK(render_approval);

// A request with one header field.
struct AuthorizationField {
  std::string_view value;
  std::optional<std::string_view> field(std::string_view) const noexcept { return value; }
};

void check_basic_credentials(benchmark::State& state) {
  const std::array<std::string, 2> passwords{"Correct-Horse-7-Battery", "Staple-8-Older-Password"};
  const auto scheme = basic_scheme("heron_gateway", passwords);
  AUTHD_ASSERT(scheme);
  const AuthorizationField head{"Basic aGVyb25fZ2F0ZXdheTpDb3JyZWN0LUhvcnNlLTctQmF0dGVyeQ=="};
  const Received received{Fields(head), "", {}};
  AUTHD_ASSERT((*scheme)->check(received));
  for (auto _ : state) benchmark::DoNotOptimize((*scheme)->check(received).has_value());
}
BENCHMARK(check_basic_credentials);

}  // namespace
}  // namespace authd::processors

BENCHMARK_MAIN();
