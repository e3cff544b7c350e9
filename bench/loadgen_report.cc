#include "bench/loadgen_report.h"

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
constexpr std::array quantiles{Quantile{"p50", 500'000}, Quantile{"p90", 900'000},
                               Quantile{"p99", 990'000}, Quantile{"p99.9", 999'000},
                               Quantile{"p99.99", 999'900}};

double per_second(const LoadReport& report) {
  const double seconds = std::chrono::duration<double>(report.elapsed).count();
  return seconds > 0 ? static_cast<double>(report.answered) / seconds : 0;
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

}  // namespace

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

}  // namespace authd::bench
