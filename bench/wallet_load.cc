// authd_wallet_load: reads or moves money through the wallet API and reports throughput and
// latency.
//
// read    GET --path, in which {n} is a number up to --accounts: by default an account
// write   POST a transfer of one minor unit between two accounts
// change  POST freeze or unfreeze: answered once decisions know it
//
// Ends by itself. Exit code 0: every request was answered; 1: some were not or connections broke;
// 2: it could not start.

#include <random>
#include <string>

#include "bench/load_command.h"

namespace {

class WalletMessages final : public authd::bench::Messages {
 public:
  WalletMessages(std::string kind, std::string path, std::string host, std::string key,
                 std::int64_t accounts, std::uint64_t seed)
      : kind_(std::move(kind)),
        path_(std::move(path)),
        fields_(" HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + key + "\r\n"),
        account_(1, accounts),
        seed_(seed),
        random_(seed) {}

  std::string_view next() override {
    const std::string account = std::to_string(account_(random_));
    if (kind_ == "read") {
      message_ = "GET " + numbered(account) + fields_ + "\r\n";
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

  std::string numbered(const std::string& number) const {
    const std::size_t place = path_.find("{n}");
    if (place == std::string::npos) return path_;
    return path_.substr(0, place) + number + path_.substr(place + 3);
  }

  const std::string kind_;
  const std::string path_;
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
  authd::bench::LoadCommand command(app, "http://host:port/ of the wallet API");
  std::string key;
  std::string kind = "read";
  std::int64_t accounts = 1'000;
  app.add_option("--key", key, "of the API, for all it does")->required();
  std::string path = "/v1/accounts/{n}";
  app.add_option("--kind", kind, "read, write or change")
      ->check(CLI::IsMember({"read", "write", "change"}))
      ->capture_default_str();
  app.add_option("--path", path, "of read")->capture_default_str();
  app.add_option("--accounts", accounts, "in USD, numbered from 1")
      ->check(CLI::Range(2, 1'000'000'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto url = command.url();
  if (!url) return 2;
  WalletMessages messages(kind, path, url->authority(), key, accounts, std::random_device()());
  return command.run(*url, messages);
}
