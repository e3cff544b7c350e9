// `authd simulate file`; see simulation.h.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>

#include "authd/simulate/message_file.h"
#include "authd/simulate/simulation_parts.h"

namespace authd::simulate {

namespace {

using core::Unexpected;

const Target* target_of(const Daemon& daemon, const std::string& program) {
  const auto found =
      std::find_if(daemon.targets.begin(), daemon.targets.end(),
                   [&program](const Target& target) { return target.program == program; });
  return found == daemon.targets.end() ? nullptr : &*found;
}

net::Awaitable<void> send_all(const Daemon& daemon, const std::vector<FileMessage>& messages,
                              http::Client& client, Sender& sender) {
  for (const FileMessage& message : messages) {
    Delivery delivery;
    delivery.target = target_of(daemon, message.program);
    delivery.life_cycle = "line " + std::to_string(message.line);
    delivery.message = message.message;
    const auto answer = co_await sender.send(client, delivery, Occasion::first);
    if (sender.has_given_up()) co_return;
    if (!answer) continue;
    const std::string wrong = wrong_answer(message, *answer);
    if (!wrong.empty()) sender.report_wrong(delivery, wrong, answer);
  }
}

}  // namespace

Simulated simulate_file(const Daemon& daemon, const Settings& settings,
                        const std::filesystem::path& file, Report& report) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Unexpected{file.string() + ": cannot be read"};
  const auto messages = read_messages(in);
  if (!messages) return Unexpected{file.string() + ": " + messages.error()};
  for (const FileMessage& message : *messages) {
    if (target_of(daemon, message.program) == nullptr)
      return Unexpected{file.string() + ": line " + std::to_string(message.line) +
                        ": there is no program \"" + message.program + "\""};
  }

  AUTHD_TRY_VOID(reach(daemon.server));
  boost::asio::io_context io{1};
  http::Client client(io, daemon.server);
  Sender sender(io, settings.messages_per_s, report);
  const net::Clock::time_point begun = net::Clock::now();
  boost::asio::co_spawn(io, send_all(daemon, *messages, client, sender), boost::asio::detached);
  io.run();
  report.seconds += std::chrono::duration<double>(net::Clock::now() - begun).count();
  if (sender.has_given_up())
    report.problems.emplace_back("given up: one message after the other had no answer");
  return {};
}

}  // namespace authd::simulate
