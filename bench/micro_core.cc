// Micro benchmarks of core: one decision on rows that are in memory, by the number of limits that
// apply to the card; parsing of amounts.
//
// Read the CPU column.

#include <benchmark/benchmark.h>

#include <string>

#include "core/apply.h"
#include "core/memory_state.h"

namespace {

using namespace authd::core;

const Currency usd = *Currency::from_alpha("USD");
constexpr Timestamp now{1'793'620'800'000'000};
const ProgramId demo = *ProgramId::from("demo");
const CardToken token = *CardToken::from("card-1");

// Four kinds of limits by turns: per transaction, a day, a month, rolling hours; none is reached.
Limit limit(std::int64_t number) {
  Limit limit;
  limit.max = 1'000'000'000'000;
  limit.window.period = std::array{Period::transaction, Period::day, Period::month,
                                   Period::rolling}[static_cast<std::size_t>(number % 4)];
  if (limit.window.period == Period::rolling) limit.window.rolling_s = 3'600;
  return limit;
}

class World {
 public:
  explicit World(std::int64_t controls) {
    run(DefineZone{TimeZone{}});
    Program program;
    program.id = demo;
    run(ConfigureProgram{program});
    Account account;
    account.id = {1};
    account.currency = usd;
    account.posted_minor = 1'000'000'000'000;
    run(OpenAccount{account});
    Card card;
    card.program = demo;
    card.token = token;
    card.account = {1};
    card.status = CardStatus::active;
    card.expires_at = {now.unix_us + 1};
    run(IssueCard{card});
    for (std::int64_t i = 1; i <= controls; ++i) {
      Control control;
      control.id = {i};
      control.filter.kinds.add(Kind::purchase);
      control.check = limit(i);
      run(SetControl{{Owner::CardOwner{demo, token}}, control});
    }
  }

  void run(const Command& command) {
    const auto done = apply(state, command, {now, {next_}, 0, 0, false}, applied);
    if (!done || applied.rows.empty()) std::abort();
    for (const Row& row : applied.rows) state.put(row);
    ++next_;
  }

  MemoryState state;
  Applied applied;

 private:
  std::uint64_t next_ = 1;
};

Request purchase(const std::string& message) {
  Request request;
  request.program = demo;
  request.message = *MessageId::from(message);
  request.card = token;
  request.amount = {100, usd};
  request.details.merchant.mcc = 5'411;
  return request;
}

void apply_approved(benchmark::State& run) {
  World world(run.range(0));
  for (int i = 0; i < 8; ++i) world.run(purchase("before-" + std::to_string(i)));
  const Command command = purchase("message-1");
  for (auto _ : run) {
    const auto done = apply(world.state, command, {now, {1'000}, 0, 0, false}, world.applied);
    benchmark::DoNotOptimize(done);
  }
  const auto& answer = std::get<Answer>(world.applied.outcome);
  if (!answer.decision.is_approved()) run.SkipWithError("declined");
}
BENCHMARK(apply_approved)->Arg(0)->Arg(4)->Arg(16)->Arg(64);

void apply_declined_unknown_card(benchmark::State& run) {
  World world(0);
  Request request = purchase("message-1");
  request.card = *CardToken::from("nobody");
  const Command command = request;
  for (auto _ : run) {
    const auto done = apply(world.state, command, {now, {1'000}, 0, 0, false}, world.applied);
    benchmark::DoNotOptimize(done);
  }
}
BENCHMARK(apply_declined_unknown_card);

void parse_amount(benchmark::State& run) {
  const std::string digits = "12345.67";
  for (auto _ : run) benchmark::DoNotOptimize(parse_major_units(digits, 2));
}
BENCHMARK(parse_amount);

}  // namespace

BENCHMARK_MAIN();
