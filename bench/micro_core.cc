// What the decision itself costs: core::apply on warm rows, and reading an amount.

#include <benchmark/benchmark.h>

#include <string>

#include "core/apply.h"
#include "core/memory_state.h"

namespace {

using namespace authd::core;

const Currency usd = *Currency::from_alpha("USD");
constexpr Timestamp now{1'793'620'800'000'000};

MemoryState state_with_cards(std::int64_t cards) {
  MemoryState state({{*ProgramId::from("demo"), TimeZone{}}});
  for (std::int64_t i = 1; i <= cards; ++i) {
    Account account;
    account.id = {i};
    account.currency = usd;
    account.posted_minor = 1'000'000'000'000;
    account.daily_limit_minor = 1'000'000'000'000;
    state.put(account);
    Card card;
    card.program = *ProgramId::from("demo");
    card.token = *CardToken::from("card-" + std::to_string(i));
    card.account = {i};
    card.status = CardStatus::active;
    card.expires_at = {now.unix_us + 1};
    card.transaction_limit_minor = 1'000'000;
    card.daily_limit_minor = 1'000'000'000'000;
    state.put(card);
  }
  return state;
}

Request purchase(std::uint64_t number, std::int64_t cards) {
  Request request;
  request.program = *ProgramId::from("demo");
  request.message = *MessageId::from("message-" + std::to_string(number));
  request.card =
      *CardToken::from("card-" + std::to_string(1 + static_cast<std::int64_t>(number) % cards));
  request.amount = {100, usd};
  return request;
}

void apply_approved(benchmark::State& run) {
  const MemoryState state = state_with_cards(1);
  const Command command = purchase(1, 1);
  std::uint64_t number = 0;
  for (auto _ : run) benchmark::DoNotOptimize(apply(state, command, {now, {++number}}));
}
BENCHMARK(apply_approved);

void apply_declined_unknown_card(benchmark::State& run) {
  const MemoryState state = state_with_cards(1);
  Request request = purchase(1, 1);
  request.card = *CardToken::from("nobody");
  const Command command = request;
  for (auto _ : run) benchmark::DoNotOptimize(apply(state, command, {now, {1}}));
}
BENCHMARK(apply_declined_unknown_card);

void parse_amount(benchmark::State& run) {
  const std::string digits = "12345.67";
  for (auto _ : run) benchmark::DoNotOptimize(parse_major_units(digits, 2));
}
BENCHMARK(parse_amount);

}  // namespace

BENCHMARK_MAIN();
