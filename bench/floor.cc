// authd_floor: the daemon's network code with nothing behind it, the floor that the daemon is
// measured against.
//
// Reads authorization requests like the daemon and answers each with as many bytes as an approval
// to Marqeta has, without looking at the body. Prints the address it listens on and serves until
// SIGINT or SIGTERM.

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "authd/net/server.h"

namespace {

namespace net = authd::net;

constexpr std::string_view answer =
    R"({"jit_funding":{"token":"9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f","method":"pgfs.authorization",)"
    R"("user_token":"5e4d3c2b-1a0f-4e9d-8c7b-6a5f4e3d2c1b",)"
    R"("acting_user_token":"5e4d3c2b-1a0f-4e9d-8c7b-6a5f4e3d2c1b","amount":12.34}})";

class NothingService final : public net::Service {
 public:
  net::RouteRules rules(const net::Head&) const noexcept override {
    return {net::MethodSet(net::Method::post), 65'536};
  }
  net::Awaitable<void> serve(const net::HttpRequest&, net::HttpResponse& response) override {
    response.body = answer;
    co_return;
  }
  void refused(net::Refusal) noexcept override {}
  void answered(const net::HttpResponse&, net::Clock::duration) noexcept override {}
};

// "127.0.0.1:8080", "[::1]:0".
std::optional<net::tcp::endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  boost::system::error_code failed;
  const auto address = net::asio::ip::make_address(std::string(host), failed);
  if (failed) return std::nullopt;
  return net::tcp::endpoint(address, port);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The daemon's network code with nothing behind it.");
  std::string listen = "127.0.0.1:0";
  net::ServerOptions options;
  options.connections_per_peer_max = options.connections_max;  // the load comes from one address
  app.add_option("--listen", listen, "address:port; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "network threads")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto endpoint = parse_endpoint(listen);
  if (!endpoint) {
    std::fprintf(stderr, "--listen: not an address and port: %s\n", listen.c_str());
    return 2;
  }
  options.address = endpoint->address();
  options.port = endpoint->port();

  // Blocked before the network threads exist, so that they inherit it and only sigwait sees the
  // signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  NothingService service;
  const auto server = net::Server::start(service, options);
  if (!server) {
    std::fprintf(stderr, "--listen %s: %s\n", listen.c_str(), server.error().message().c_str());
    return 2;
  }
  std::printf("listening on port %u\n", static_cast<unsigned>((*server)->port()));
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop(std::chrono::seconds(1));
  return 0;
}
