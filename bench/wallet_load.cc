// authd_wallet_load: reads or moves money through the wallet API and reports throughput and
// latency.
//
// read    GET an account with its balance
// write   POST a transfer of one minor unit between two accounts
// change  POST freeze or unfreeze: answered once decisions know it
//
// Ends by itself. Exit code 0: every request was answered; 1: some were not or connections broke;
// 2: it could not start.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <random>
#include <string>

#include "bench/loadgen_report.h"
#include "bench/loadgen_run.h"

namespace {

class WalletMessages final : public authd::bench::Messages {
 public:
  WalletMessages(std::string kind, std::string host, std::string key, std::int64_t accounts,
                 std::uint64_t seed)
      : kind_(std::move(kind)),
        fields_(" HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + key + "\r\n"),
        account_(1, accounts),
        seed_(seed),
        random_(seed) {}

  std::string_view next() override {
    const std::string account = std::to_string(account_(random_));
    if (kind_ == "read") {
      message_ = "GET /v1/accounts/" + account + fields_ + "\r\n";
      return message_;
    }
    // A body, and a key that no run has used before.
    std::string path = "/v1/transfers";
    std::string body = R"({"from":)" + account + R"(,"to":)" + another(account) +
                       R"(,"amount":{"minor":1,"currency":"USD"}})";
    if (kind_ == "change") {
      path = "/v1/accounts/" + account + (random_() % 2 == 0 ? "/freeze" : "/unfreeze");
      body = "{}";
    }
    message_ = "POST " + path + fields_ +
               "Content-Type: application/json\r\nIdempotency-Key: " + std::to_string(seed_) + "-" +
               std::to_string(++number_) + "\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    return message_;
  }

 private:
  std::string another(const std::string& account) {
    for (;;) {
      if (std::string other = std::to_string(account_(random_)); other != account) return other;
    }
  }

  const std::string kind_;
  const std::string fields_;
  std::uniform_int_distribution<std::int64_t> account_;
  const std::uint64_t seed_;
  std::mt19937_64 random_;
  std::uint64_t number_ = 0;
  std::string message_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads or moves money through the wallet API.");
  std::string url_text;
  std::string key;
  std::string kind = "read";
  std::string json_path;
  std::int64_t accounts = 1'000;
  std::uint64_t seed = std::random_device()();
  int duration_s = 10;
  int warmup_s = 1;
  authd::bench::LoadOptions load;
  app.add_option("--url", url_text, "http://host:port/ of the wallet API")->required();
  app.add_option("--key", key, "of the API, for all it does")->required();
  app.add_option("--kind", kind, "read, write or change")
      ->check(CLI::IsMember({"read", "write", "change"}))
      ->capture_default_str();
  app.add_option("--accounts", accounts, "in USD, numbered from 1")
      ->check(CLI::Range(2, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--connections", load.connections, "keep-alive connections")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--duration", duration_s, "seconds measured")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  app.add_option("--warmup", warmup_s, "seconds before that")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.add_option("--json", json_path, "file for the result as JSON");
  CLI11_PARSE(app, argc, argv);

  const auto url = authd::bench::parse_url(url_text);
  if (!url) {
    std::fprintf(stderr, "--url: not http://host:port/: %s\n", url_text.c_str());
    return 2;
  }
  load.host = url->host;
  load.port = url->port;
  load.warmup = std::chrono::seconds(warmup_s);
  load.duration = std::chrono::seconds(duration_s);
  WalletMessages messages(kind, url->host + ":" + url->port, key, accounts, seed);
  authd::bench::LoadRun run(load, messages);
  if (const std::string failed = run.connect(); !failed.empty()) {
    std::fprintf(stderr, "cannot connect to %s: %s\n", url_text.c_str(), failed.c_str());
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
