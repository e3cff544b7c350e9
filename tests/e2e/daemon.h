// The daemon as its operator meets it: a directory with its configuration and state, the command
// line, and the running process.

#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/e2e/http_client.h"
#include "tests/e2e/process.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {

// A private directory with authd.toml, the password and the state: small segments, frequent
// checkpoints, ports chosen by the system.
class Site {
 public:
  struct Settings {
    std::string conninfo{};        // empty: no [postgres]
    std::string server_keys{};     // further lines of [server]
    std::string readiness_keys{};  // lines of [readiness]
    std::string program_keys{};    // further lines of [[program]], its tables last
    std::string programs{};        // further [[program]] tables
    std::vector<std::pair<std::string, std::string>> files{};  // by name: what else stands there
    std::vector<std::string> directories{};                    // likewise, empty
    bool api = false;                                          // with the wallet API
    std::string listen = "127.0.0.1:0";
    std::string admin_listen = "127.0.0.1:0";
  };
  explicit Site(const Settings& settings);
  Site() : Site(Settings{}) {}

  std::filesystem::path path(std::string_view name) const { return directory_.path() / name; }
  std::filesystem::path config() const { return path("authd.toml"); }

  // `authd ARGUMENTS --config authd.toml`.
  Finished authd(const std::vector<std::string>& arguments) const;
  Finished load(const std::string& openings) const;

 private:
  const TemporaryDirectory directory_;
};

class Daemon {
 public:
  // Starts `authd serve`; `tracer` stands before it on the command line. Returns at once.
  explicit Daemon(const Site& site, const std::vector<std::string>& tracer = {});

  // The ports are known from here on.
  bool await_serving();  // false: it has ended, or takes too long
  bool await_ready();    // the same, and /readyz says 200
  bool is_running() { return process_.is_running(); }

  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t admin_port() const noexcept { return admin_port_; }
  std::uint16_t api_port() const noexcept { return api_port_; }  // 0: none

  void signal(int number);
  void kill();                // SIGKILL, and waits for the end
  int terminate();            // SIGTERM, and waits for the end: the exit code
  std::optional<int> wait();  // for an end of its own accord
  std::string log() const { return read_file(log_); }

  HttpAnswer admin(std::string_view path) const;  // status 0 when nobody answers
  boost::json::object status() const;             // of GET /status; empty when nobody answers
  std::int64_t journaled_sequence() const;
  std::int64_t metric(std::string_view series) const;  // -1 when /metrics has no such line
  bool await_drained() const;    // PostgreSQL has everything that is journaled
  bool await_following() const;  // what is changed in PostgreSQL reaches the state

 private:
  const std::filesystem::path log_;
  Process process_;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::uint16_t api_port_ = 0;
};

// The body of an answer; empty when it is no object.
boost::json::object object_of(const HttpAnswer& answer);

// The answer to one request on a connection of its own; status 0 when there was none.
HttpAnswer post_to(const Daemon& daemon, std::string_view request);

}  // namespace authd::test
