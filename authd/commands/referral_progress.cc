#include "authd/commands/referral_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace authd::commands {

namespace {
constexpr std::chrono::seconds pause_on_terminal{1};
constexpr std::chrono::seconds pause_elsewhere{5};
}  // namespace

ReferralProgressPrinter::ReferralProgressPrinter(bool is_quiet)
    : is_quiet_(is_quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}

void ReferralProgressPrinter::show(const referral::PayoutProgress& progress) {
  const Clock::time_point now = Clock::now();
  if (is_quiet_ || now - printed_at_ < (is_terminal_ ? pause_on_terminal : pause_elsewhere)) return;
  printed_at_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_at_);
  const std::int64_t elapsed_ms = std::max<std::int64_t>(elapsed.count(), 1);
  const std::string line =
      fmt::format("{} of {} paid, {} could not be, {} members/s", progress.so_far.paid, progress.of,
                  progress.so_far.failures(), progress.so_far.members() * 1'000 / elapsed_ms);
  std::fprintf(stderr, is_terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
  is_line_open_ = is_terminal_;
}

void ReferralProgressPrinter::end() {
  if (is_line_open_) std::fputs("\r\033[K", stderr);
  is_line_open_ = false;
}

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  listener_ = std::jthread([this](const std::stop_token& end) { listen(end); });
}

StopOnSignal::~StopOnSignal() {
  listener_.request_stop();
  listener_.join();
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

void StopOnSignal::listen(const std::stop_token& end) {
  constexpr timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
  while (!end.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &pause) >= 0) stop_.request_stop();
  }
}

}  // namespace authd::commands
