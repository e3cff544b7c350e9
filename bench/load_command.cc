#include "bench/load_command.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <memory>

namespace authd::bench {

namespace {

struct Quantile {
  const char* name;
  std::uint32_t per_million;
};
constexpr std::array quantiles{Quantile{"p50", 500'000},   Quantile{"p90", 900'000},
                               Quantile{"p95", 950'000},   Quantile{"p99", 990'000},
                               Quantile{"p99.9", 999'000}, Quantile{"p99.99", 999'900}};

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
  std::printf("latency us: mean %.1f", microseconds(report.latency_ns.mean()));
  for (const Quantile& quantile : quantiles) {
    std::printf(" %s %.1f", quantile.name,
                microseconds(report.latency_ns.quantile(quantile.per_million)));
  }
  std::printf(" max %.1f\n", microseconds(report.latency_ns.max()));
}

// False: it cannot be written.
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
  std::fprintf(out, "},\"latency_ns\":{\"mean\":%" PRIu64 ",", report.latency_ns.mean());
  for (const Quantile& quantile : quantiles) {
    std::fprintf(out, "\"%s\":%" PRIu64 ",", quantile.name,
                 report.latency_ns.quantile(quantile.per_million));
  }
  std::fprintf(out, "\"max\":%" PRIu64 "}}\n", report.latency_ns.max());
  return std::ferror(out) == 0;
}

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

std::chrono::nanoseconds nanoseconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

}  // namespace

LoadCommand::LoadCommand(CLI::App& app, const char* url_form) : url_form_(url_form) {
  app.add_option("--url", url_, url_form)->required();
  app.add_option("--connections", load.connections, "keep-alive connections")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--duration", duration_s_, "seconds measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--warmup", warmup_s_, "seconds before that")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--json", json_path_, "file for the result as JSON");
}

std::optional<Url> LoadCommand::url() const {
  auto url = parse_url(url_);
  if (!url) std::fprintf(stderr, "--url: not %s: %s\n", url_form_, url_.c_str());
  return url;
}

int LoadCommand::run(const Url& url, Messages& messages) {
  load.host = url.host;
  load.port = url.port;
  load.warmup = nanoseconds(warmup_s_);
  load.duration = nanoseconds(duration_s_);
  LoadRun run(load, messages);
  if (const std::string failed = run.connect(); !failed.empty()) {
    std::fprintf(stderr, "cannot connect to %s: %s\n", url.authority().c_str(), failed.c_str());
    return 2;
  }
  const LoadReport report = run.run();
  print_text(report);
  if (!json_path_.empty() && !write_json(report, json_path_)) {
    std::fprintf(stderr, "cannot write %s\n", json_path_.c_str());
    return 2;
  }
  return report.is_clean() ? 0 : 1;
}

}  // namespace authd::bench
