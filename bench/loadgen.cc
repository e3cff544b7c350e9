// authd_loadgen: posts Marqeta authorization requests to a daemon and reports throughput and
// latency.
//
// Ends by itself. Exit code 0: every request was answered; 1: some were not or connections broke;
// 2: it could not start.

#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "bench/loadgen_message.h"
#include "bench/loadgen_report.h"
#include "bench/loadgen_run.h"

int main(int argc, char** argv) {
  CLI::App app("Posts Marqeta authorization requests and reports throughput and latency.");
  std::string url_text;
  std::string json_path;
  double duration_s = 10;
  double warmup_s = 1;
  authd::bench::LoadOptions load;
  authd::bench::MessageOptions message;
  app.add_option("--url", url_text, "http://host:port/programs/<id>/authorizations")->required();
  app.add_option("--user", message.user, "user of HTTP Basic; none: no Authorization field");
  app.add_option("--password", message.password, "password of HTTP Basic");
  app.add_option("--connections", load.connections, "keep-alive connections")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--rate", load.rate_per_s, "requests a second, open loop; 0: closed loop")
      ->capture_default_str();
  app.add_option("--duration", duration_s, "seconds measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--warmup", warmup_s, "seconds before that")
      ->check(CLI::NonNegativeNumber)
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
  app.add_option("--json", json_path, "file for the result as JSON");
  CLI11_PARSE(app, argc, argv);

  const auto url = authd::bench::parse_url(url_text);
  if (!url) {
    std::fprintf(stderr, "--url: not http://host:port/path: %s\n", url_text.c_str());
    return 2;
  }
  if (message.first_card + message.cards > 100'000'000) {
    std::fprintf(stderr, "--first-card and --cards: card numbers have eight digits\n");
    return 2;
  }
  load.host = url->host;
  load.port = url->port;
  message.host = url->host + ":" + url->port;
  message.path = url->path;
  using Seconds = std::chrono::duration<double>;
  load.warmup = std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(warmup_s));
  load.duration = std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(duration_s));

  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // the schedule is kept to microseconds, not to 50
  authd::bench::AuthorizationMessages messages(message);
  authd::bench::LoadRun run(load, messages);
  if (const std::string failed = run.connect(); !failed.empty()) {
    std::fprintf(stderr, "cannot connect to %s: %s\n", message.host.c_str(), failed.c_str());
    return 2;
  }
  const authd::bench::LoadReport report = run.run();
  authd::bench::print_text(report);
  if (!json_path.empty() && !authd::bench::write_json(report, json_path)) {
    std::fprintf(stderr, "cannot write %s\n", json_path.c_str());
    return 2;
  }
  return report.is_clean() ? 0 : 1;
}
