#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <ctime>

#include "authd/commands/commands.h"
#include "authd/daemon/daemon.h"

namespace authd::commands {

namespace {

// Time in UTC, level, message; messages are key=value pairs.
void set_up_log(const LogConfig& config) {
  auto log = spdlog::stderr_logger_mt("authd");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  log->set_level(spdlog::level::from_str(config.level == "warn" ? "warning" : config.level));
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

// The signals that steer the daemon, blocked in this thread and in all it starts: they are waited
// for instead.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

}  // namespace

int serve(const std::filesystem::path& config_file) {
  auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  set_up_log(config->log);
  const sigset_t signals = block_signals();
  spdlog::info("authd {} starting", AUTHD_VERSION);
  auto daemon = Daemon::start(std::move(*config));
  if (!daemon) {
    spdlog::critical("cannot start: {}", daemon.error());
    return exit_cannot_start;
  }

  for (;;) {
    constexpr timespec watch_interval{.tv_sec = 1, .tv_nsec = 0};
    const int signal = sigtimedwait(&signals, nullptr, &watch_interval);
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP) (*daemon)->reload_certificates();
    if (signal == SIGUSR1) (*daemon)->pause_drain(true);
    if (signal == SIGUSR2) (*daemon)->pause_drain(false);
    (*daemon)->watch();
  }
  spdlog::info("stopping");
  (*daemon)->stop();
  spdlog::info("stopped");
  return exit_ok;
}

}  // namespace authd::commands
