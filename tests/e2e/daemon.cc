#include "tests/e2e/daemon.h"

#include <boost/json/parse.hpp>
#include <charconv>
#include <csignal>
#include <regex>

#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"

namespace authd::test {

namespace {

constexpr std::chrono::seconds end_deadline{60};

std::string configuration(const Site::Settings& settings) {
  std::string text = "[server]\nlisten = \"" + settings.listen + "\"\nadmin_listen = \"" +
                     settings.admin_listen + "\"\n" + settings.server_keys +
                     "\n[state]\n"
                     "directory = \"state\"\n"
                     "segment_mib = 1\n"
                     "map_mib = 64\n"
                     "checkpoint_rows = 200\n"
                     "checkpoint_interval_s = 1\n"
                     "disk_used_percent_max = 99\n";
  if (!settings.conninfo.empty())
    text += "\n[postgres]\nconninfo = \"" + settings.conninfo + "\"\n";
  if (settings.api) text += "\n[api]\nlisten = \"127.0.0.1:0\"\n";
  text += "\n[readiness]\n" + settings.readiness_keys;
  text +=
      "\n[[program]]\n"
      "id = \"demo\"\n"
      "processor = \"marqeta\"\n"
      "time_zone = \"America/New_York\"\n"
      "authentication = [{scheme = \"basic\", username = \"" +
      std::string(gateway_username) + "\", secret_files = [\"demo.password\"]}]\n";
  // A busy machine must not make answers late where that is not what is tested.
  if (settings.program_keys.find("answer_within_ms") == std::string::npos) {
    text += "answer_within_ms = 7000\n";
  }
  return text + settings.program_keys + settings.programs;
}

std::vector<std::string> command_line(const Site& site, const std::vector<std::string>& tracer) {
  std::vector<std::string> arguments = tracer;
  arguments.insert(arguments.end(), {AUTHD_BINARY, "serve", "--config", site.config().string()});
  return arguments;
}

// A log of its own for every start.
std::filesystem::path next_log(const Site& site) {
  static int number = 0;
  return site.path("serve-" + std::to_string(++number) + ".log");
}

}  // namespace

Site::Site(const Settings& settings) {
  write_file(path("demo.password"), std::string(gateway_password) + "\n");
  for (const auto& [name, text] : settings.files) write_file(path(name), text);
  for (const auto& name : settings.directories) std::filesystem::create_directory(path(name));
  write_file(config(), configuration(settings));
}

Finished Site::authd(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{AUTHD_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.insert(all.end(), {"--config", config().string()});
  return run(all);
}

Finished Site::load(const std::string& openings) const {
  write_file(path("openings.ndjson"), openings);
  return authd({"load", path("openings.ndjson").string()});
}

Daemon::Daemon(const Site& site, const std::vector<std::string>& tracer)
    : log_(next_log(site)), process_(command_line(site, tracer), site.path("out"), log_) {}

bool Daemon::await_serving() {
  static const std::regex line(R"(serving \S+:(\d+) admin \S+:(\d+)\n)");
  std::smatch ports;
  std::string text;
  const auto has_ports = [&] {
    text = log();
    return std::regex_search(text, ports, line);
  };
  if (!eventually([&] { return has_ports() || !is_running(); }) || !has_ports()) return false;
  port_ = static_cast<std::uint16_t>(std::stoul(ports[1]));
  admin_port_ = static_cast<std::uint16_t>(std::stoul(ports[2]));
  static const std::regex api_line(R"(wallet API \S+:(\d+)\n)");
  if (std::regex_search(text, ports, api_line)) {
    api_port_ = static_cast<std::uint16_t>(std::stoul(ports[1]));
  }
  return true;
}

bool Daemon::await_ready() {
  return await_serving() && eventually([this] { return admin("/readyz").status == 200; });
}

void Daemon::signal(int number) { process_.signal(number); }

void Daemon::kill() {
  process_.signal(SIGKILL);
  process_.wait(end_deadline);
}

int Daemon::terminate() {
  process_.signal(SIGTERM);
  return process_.wait(end_deadline).value_or(-1);
}

std::optional<int> Daemon::wait() { return process_.wait(end_deadline); }

HttpAnswer Daemon::admin(std::string_view path) const {
  return http_get(admin_port_, path).value_or(HttpAnswer{});
}

boost::json::object Daemon::status() const { return object_of(admin("/status")); }

std::int64_t Daemon::journaled_sequence() const {
  return status().at("journaled_sequence").to_number<std::int64_t>();
}

std::int64_t Daemon::metric(std::string_view series) const {
  const std::string text = "\n" + admin("/metrics").body;
  const std::string line = "\n" + std::string(series) + " ";
  const std::size_t at = text.find(line);
  std::int64_t value = -1;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + line.size(), text.data() + text.size(), value);
  return value;
}

bool Daemon::await_drained() const {
  return eventually([this] {
    const auto now = status();
    const auto* const drain = now.contains("drain") ? now.at("drain").if_object() : nullptr;
    return drain != nullptr && drain->at("state") == "draining" &&
           drain->at("lag_records").to_number<std::int64_t>() == 0;
  });
}

bool Daemon::await_following() const {
  return eventually([this] {
    const auto now = status();
    const auto* const mirror = now.contains("mirror") ? now.at("mirror").if_object() : nullptr;
    return mirror != nullptr && mirror->at("state") == "following";
  });
}

boost::json::object object_of(const HttpAnswer& answer) {
  boost::system::error_code malformed;
  auto root = boost::json::parse(answer.body, malformed);
  return root.is_object() ? std::move(root.get_object()) : boost::json::object();
}

HttpAnswer post_to(const Daemon& daemon, std::string_view request) {
  return HttpClient(daemon.port()).exchange(request).value_or(HttpAnswer{});
}

}  // namespace authd::test
