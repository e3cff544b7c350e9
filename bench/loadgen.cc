// authd_loadgen: posts Marqeta authorization requests to a daemon and reports throughput and
// latency.
//
// Ends by itself. Exit code 0: every request was answered; 1: some were not or connections broke;
// 2: it could not start.

#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bench/loadgen_message.h"
#include "bench/loadgen_run.h"

namespace {

using authd::bench::LoadReport;

struct Url {
  std::string host;
  std::string port;
  std::string path;
};

// "http://host:port/path"; the port defaults to 80.
std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view authority = text.substr(0, slash);
  const std::size_t colon = authority.rfind(':');
  const std::string_view port =
      colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  return Url{std::string(authority.substr(0, colon)), std::string(port),
             std::string(text.substr(slash))};
}

struct Quantile {
  const char* name;
  std::uint32_t per_million;
};
constexpr std::array quantiles{Quantile{"p50", 500'000}, Quantile{"p90", 900'000},
                               Quantile{"p99", 990'000}, Quantile{"p99.9", 999'000},
                               Quantile{"p99.99", 999'900}};

double per_second(const LoadReport& report) {
  const double seconds = std::chrono::duration<double>(report.elapsed).count();
  return seconds > 0 ? static_cast<double>(report.answered) / seconds : 0;
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

void print_text(const LoadReport& report) {
  std::printf("sent %" PRIu64 ", answered %" PRIu64 ", not sent %" PRIu64 ", unanswered %" PRIu64
              ", errors %" PRIu64 "\n",
              report.sent, report.answered, report.not_sent, report.unanswered, report.errors);
  std::printf("throughput %.0f/s over %.2f s\n", per_second(report),
              std::chrono::duration<double>(report.elapsed).count());
  for (std::size_t status = 0; status < report.by_status.size(); ++status) {
    if (report.by_status[status] > 0) {
      std::printf("status %zu: %" PRIu64 "\n", status, report.by_status[status]);
    }
  }
  std::printf("latency us:");
  for (const Quantile& quantile : quantiles) {
    std::printf(" %s %.1f", quantile.name,
                microseconds(report.latency_ns.quantile(quantile.per_million)));
  }
  std::printf(" max %.1f\n", microseconds(report.latency_ns.max()));
}

bool write_json(const LoadReport& report, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             &std::fclose);
  if (!file) return false;
  std::FILE* const out = file.get();
  std::fprintf(out,
               "{\"sent\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"not_sent\":%" PRIu64
               ",\"unanswered\":%" PRIu64 ",\"errors\":%" PRIu64
               ",\"elapsed_ns\":%lld,\"throughput_per_s\":%.1f,\"status\":{",
               report.sent, report.answered, report.not_sent, report.unanswered, report.errors,
               static_cast<long long>(report.elapsed.count()), per_second(report));
  const char* separator = "";
  for (std::size_t status = 0; status < report.by_status.size(); ++status) {
    if (report.by_status[status] == 0) continue;
    std::fprintf(out, "%s\"%zu\":%" PRIu64, separator, status, report.by_status[status]);
    separator = ",";
  }
  std::fprintf(out, "},\"latency_ns\":{");
  for (const Quantile& quantile : quantiles) {
    std::fprintf(out, "\"%s\":%" PRIu64 ",", quantile.name,
                 report.latency_ns.quantile(quantile.per_million));
  }
  std::fprintf(out, "\"max\":%" PRIu64 "}}\n", report.latency_ns.max());
  return std::ferror(out) == 0;
}

}  // namespace

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

  const auto url = parse_url(url_text);
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
  const LoadReport report = run.run();
  print_text(report);
  if (!json_path.empty() && !write_json(report, json_path)) {
    std::fprintf(stderr, "cannot write %s\n", json_path.c_str());
    return 2;
  }
  return report.is_clean() ? 0 : 1;
}
