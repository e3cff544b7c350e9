// authd_loadgen: posts Marqeta authorization requests to a daemon and reports throughput and
// latency.
//
// Ends by itself. Exit code 0: every request was answered; 1: some were not or connections broke;
// 2: it could not start.

#include <sys/prctl.h>

#include <cstdio>

#include "bench/load_command.h"
#include "bench/loadgen_message.h"

int main(int argc, char** argv) {
  CLI::App app("Posts Marqeta authorization requests and reports throughput and latency.");
  authd::bench::LoadCommand command(app, "http://host:port/programs/<id>/authorizations");
  authd::bench::MessageOptions message;
  app.add_option("--user", message.user, "user of HTTP Basic; none: no Authorization field");
  app.add_option("--password", message.password, "password of HTTP Basic");
  app.add_option("--rate", command.load.rate_per_s, "requests a second, open loop; 0: closed loop")
      ->capture_default_str();
  app.add_option("--seed", message.seed, "of the tokens, cards and amounts")->capture_default_str();
  app.add_option("--card-prefix", message.card_prefix, "cards are named <prefix>00000042")
      ->capture_default_str();
  app.add_option("--first-card", message.first_card, "number of the first card")
      ->check(CLI::Range(0, 99'999'999))
      ->capture_default_str();
  app.add_option("--cards", message.cards, "number of cards")
      ->check(CLI::Range(1, 99'999'999))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto url = command.url();
  if (!url) return 2;
  if (message.first_card + message.cards > 100'000'000) {
    std::fprintf(stderr, "--first-card and --cards: card numbers have eight digits\n");
    return 2;
  }
  message.host = url->authority();
  message.path = url->path;

  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // the schedule is kept to microseconds, not to 50
  authd::bench::AuthorizationMessages messages(message);
  return command.run(*url, messages);
}
