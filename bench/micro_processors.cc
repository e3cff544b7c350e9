// What an answer costs outside of the decision: authenticating, reading and answering one gateway
// request of Marqeta.

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

#include "authd/processors/basic_credentials.h"
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

marqeta::GatewayMessage message_of(std::string_view body) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(body);
  const auto message = marqeta::parse_gateway_request(
      walk, *core::ProgramId::from("heron"), {std::string_view(bytes).substr(0, body.size())});
  AUTHD_ASSERT(message);
  return *message;
}

void parse_gateway_request(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(purchase);
  const PaddedBody body{std::string_view(bytes).substr(0, purchase.size())};
  const auto program = *core::ProgramId::from("heron");
  for (auto _ : state) {
    auto message = marqeta::parse_gateway_request(walk, program, body);
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(purchase.size()));
}
BENCHMARK(parse_gateway_request);

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
  const auto message = message_of(purchase);
  core::Answer answer;
  answer.decision.approved = message.request.amount;
  std::string body;
  for (auto _ : state) {
    benchmark::DoNotOptimize(marqeta::render_gateway_answer(message, answer, body));
    benchmark::DoNotOptimize(body.data());
  }
}
BENCHMARK(render_approval);

void check_basic_credentials(benchmark::State& state) {
  const std::array<std::string, 2> passwords{"Correct-Horse-7-Battery", "Staple-8-Older-Password"};
  const auto credentials = BasicCredentials::create("heron_gateway", passwords);
  AUTHD_ASSERT(credentials);
  const std::string_view header = "Basic aGVyb25fZ2F0ZXdheTpDb3JyZWN0LUhvcnNlLTctQmF0dGVyeQ==";
  AUTHD_ASSERT(credentials->accepts(header));
  for (auto _ : state) benchmark::DoNotOptimize(credentials->accepts(header));
}
BENCHMARK(check_basic_credentials);

}  // namespace
}  // namespace authd::processors

BENCHMARK_MAIN();
