// `authd simulate`: finds the daemon by its configuration, and prints what became of the
// simulation.

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <random>

#include "authd/commands/commands.h"
#include "authd/http/tls_client.h"
#include "authd/simulate/simulation.h"

namespace authd::commands {

namespace {

using core::Unexpected;
using http::Origin;
using simulate::Daemon;
using simulate::Report;
using Text = std::string;

// A daemon, and what its connections need as long as they live.
struct Known {
  Daemon daemon;
  std::unique_ptr<boost::asio::ssl::context> tls;
};

// A listener on every address is asked on this machine's own.
Origin origin_of(const Endpoint& listen, bool encrypted) {
  Origin origin;
  origin.encrypted = encrypted;
  origin.host = listen.address == "0.0.0.0" ? "127.0.0.1"
                : listen.address == "::"    ? "::1"
                                            : listen.address;
  origin.port = listen.port;
  return origin;
}

core::Result<simulate::Target, Text> target_of(const ProgramConfig& program) {
  auto questions = simulate::Signer::create(program.authorizations);
  auto events = simulate::Signer::create(program.events);
  for (const auto* const signer : {&questions, &events}) {
    if (!*signer)
      return Unexpected{Text(program.program.id.view()) + ": " + Text(name(signer->error()))};
  }
  return simulate::Target{Text(program.program.id.view()), program.adapter,
                          program.program.partial_approval, *std::move(questions),
                          *std::move(events)};
}

core::Result<void, Text> add_targets(const Config& config, const std::vector<Text>& wanted,
                                     std::vector<simulate::Target>& targets) {
  for (const ProgramConfig& program : config.programs) {
    const bool is_wanted = wanted.empty() || std::find(wanted.begin(), wanted.end(),
                                                       program.program.id.view()) != wanted.end();
    if (!is_wanted) continue;
    AUTHD_TRY(target, target_of(program));
    targets.push_back(std::move(target));
  }
  for (const Text& id : wanted) {
    const bool is_known = std::any_of(targets.begin(), targets.end(),
                                      [&id](const auto& target) { return target.program == id; });
    if (!is_known) return Unexpected{"the configuration has no program \"" + id + "\""};
  }
  if (targets.empty()) return Unexpected{Text("the configuration has no program")};
  return {};
}

core::Result<Text, Text> api_key(const SimulateArguments& arguments) {
  Text key;
  if (!arguments.api_key_file.empty()) {
    std::ifstream file(arguments.api_key_file);
    if (!std::getline(file, key))
      return Unexpected{arguments.api_key_file + ": there is no key in it"};
  } else if (const char* const set = std::getenv("AUTHD_API_KEY"); set != nullptr) {
    key = set;
  }
  if (key.empty())
    return Unexpected{Text("a key of the wallet API is needed: --api-key-file or AUTHD_API_KEY")};
  return key;
}

core::Result<void, Text> find_api(const Config& config, const SimulateArguments& arguments,
                                  Daemon& daemon) {
  AUTHD_TRY(key, api_key(arguments));
  daemon.api_key = std::move(key);
  if (!arguments.api.empty()) {
    AUTHD_TRY(origin, http::parse_origin(arguments.api));
    daemon.api.origin = origin;
    return {};
  }
  if (!config.api)
    return Unexpected{Text("the configuration has no wallet API: where is it? --api URL")};
  daemon.api.origin = origin_of(config.api->listen, config.api->tls.has_value());
  return {};
}

enum class Api : std::uint8_t { unused, used };

core::Result<Known, Text> find_daemon(const Config& config, const SimulateArguments& arguments,
                                      Api api) {
  Known known;
  Daemon& daemon = known.daemon;
  AUTHD_TRY_VOID(add_targets(config, arguments.programs, daemon.targets));
  daemon.server.origin = origin_of(config.server.listen, config.server.tls.has_value());
  if (!arguments.server.empty()) {
    AUTHD_TRY(origin, http::parse_origin(arguments.server));
    daemon.server.origin = origin;
  }
  if (api == Api::used) AUTHD_TRY_VOID(find_api(config, arguments, daemon));
  if (!daemon.server.origin.encrypted && !daemon.api.origin.encrypted) return known;

  AUTHD_TRY(tls, http::make_tls_client(
                     {arguments.ca, arguments.client_certificate, arguments.client_key}));
  known.tls = std::move(tls);
  daemon.server.tls = known.tls.get();
  daemon.api.tls = known.tls.get();
  return known;
}

simulate::Settings settings_of(const SimulateArguments& arguments) {
  simulate::Settings settings;
  settings.player.connections = arguments.connections;
  settings.player.duplicates_percent = arguments.duplicates_percent;
  settings.player.reordered_percent = arguments.reordered_percent;
  settings.player.late_percent = arguments.late_percent;
  settings.player.lost_percent = arguments.lost_percent;
  settings.player.seed = arguments.seed ? *arguments.seed : std::random_device()();
  settings.messages_per_s = arguments.messages_per_s;
  settings.settled_within = std::chrono::seconds(arguments.settle_s);
  return settings;
}

using Simulation =
    std::function<simulate::Simulated(const Daemon&, const simulate::Settings&, Report&)>;

int run(const std::filesystem::path& config_file, const SimulateArguments& arguments, Api api,
        const char* name, const Simulation& simulation) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  const auto known = find_daemon(*config, arguments, api);
  const simulate::Settings settings = settings_of(arguments);
  Report report;
  report.name = name;
  report.seed = settings.player.seed;
  const auto simulated =
      known ? simulation(known->daemon, settings, report) : Unexpected{known.error()};
  if (!simulated) {
    std::fprintf(stderr, "authd simulate: %s\n", simulated.error().c_str());
    return exit_cannot_start;
  }
  const Text text =
      arguments.json ? boost::json::serialize(to_json(report)) + "\n" : to_text(report);
  std::fputs(text.c_str(), stdout);
  return report.is_right() ? exit_ok : exit_failed;
}

}  // namespace

int simulate_fixtures(const std::filesystem::path& config_file,
                      const SimulateArguments& arguments) {
  return run(
      config_file, arguments, Api::used, "fixtures",
      [&arguments](const Daemon& daemon, const simulate::Settings& settings, Report& report) {
        return simulate::simulate_fixtures(daemon, settings, {arguments.path, arguments.times},
                                           report);
      });
}

int simulate_random(const std::filesystem::path& config_file, const SimulateArguments& arguments) {
  simulate::RandomSettings random;
  const auto currency = core::Currency::from_alpha(arguments.currency);
  if (!currency) {
    std::fprintf(stderr, "authd simulate: --currency: \"%s\" is not of ISO 4217\n",
                 arguments.currency.c_str());
    return exit_cannot_start;
  }
  random.currency = *currency;
  random.life_cycles = arguments.life_cycles;
  random.accounts = arguments.accounts;
  random.balance_minor = arguments.balance_minor;
  return run(config_file, arguments, Api::used, "random",
             [&random](const Daemon& daemon, const simulate::Settings& settings, Report& report) {
               return simulate::simulate_random(daemon, settings, random, report);
             });
}

int simulate_file(const std::filesystem::path& config_file, const SimulateArguments& arguments) {
  return run(
      config_file, arguments, Api::unused, "file",
      [&arguments](const Daemon& daemon, const simulate::Settings& settings, Report& report) {
        return simulate::simulate_file(daemon, settings, arguments.path, report);
      });
}

}  // namespace authd::commands
