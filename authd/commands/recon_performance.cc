#include "authd/commands/recon_performance.h"

#include <algorithm>
#include <ctime>

#include "authd/recon/engine/run_file.h"

namespace authd::commands {

using core::Result;
using recon::RunState;
using store::PgError;

namespace {
constexpr std::chrono::milliseconds look_again{500};  // at a run that somebody else performs
}

ReconPerformance::ReconPerformance(ReconDesk& desk, const recon::Supplier& supplier,
                                   ReconProgressPrinter& printer)
    : desk_(desk), supplier_(supplier), printer_(printer) {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  listener_ = std::jthread([this](const std::stop_token& stop) { await_signals(stop); });
}

ReconPerformance::~ReconPerformance() {
  listener_.request_stop();
  listener_.join();
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

void ReconPerformance::await_signals(const std::stop_token& stop) {
  constexpr timespec pause{.tv_sec = 0, .tv_nsec = 100'000'000};
  bool has_asked = false;
  while (!stop.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &pause) < 0) continue;
    if (std::exchange(has_asked, true)) {
      stop_.request_stop();
    } else {
      cancel();
    }
  }
}

// The engine notices. A run of somebody else that is before it is let go of at once.
void ReconPerformance::cancel() {
  auto connection = recon::connect_for_recon(desk_.options);
  const bool is_asked =
      connection && recon::request_cancel(*connection, wanted_, operator_name()).has_value();
  if (!is_asked || current_ != wanted_) stop_.request_stop();
}

Result<RunState, PgError> ReconPerformance::state_of(std::int64_t run) {
  AUTHD_TRY(row, desk_.connection.exec("SELECT state FROM authd.recon_run WHERE id = $1",
                                       store::PgParams().number(run)));
  if (row.rows() == 0) return core::Unexpected{store::unexpected("the run has gone")};
  return static_cast<RunState>(row.number<std::int16_t>(0, 0));
}

Result<RunState, PgError> ReconPerformance::perform(std::int64_t run) {
  wanted_ = run;
  for (;;) {
    AUTHD_TRY(state, state_of(run));
    if (has_ended(state)) return state;
    if (stop_.stop_requested()) {
      return core::Unexpected{PgError{PgError::Code::interrupted, {}, "left as it stands"}};
    }
    const auto advanced = advance();
    if (!advanced && !stop_.stop_requested()) return core::Unexpected{advanced.error()};
  }
}

// The first run of the supplier goes on, here or elsewhere.
Result<void, PgError> ReconPerformance::advance() {
  AUTHD_TRY(runs, recon::pending(desk_.connection));
  const auto first = std::find_if(runs.begin(), runs.end(), [this](const recon::PendingRun& run) {
    return run.supplier == supplier_.name;
  });
  if (first == runs.end()) return {};  // it has just ended
  return take(*first);
}

Result<void, PgError> ReconPerformance::take(const recon::PendingRun& run) {
  const auto file = recon::locate_file(run, supplier_);
  if (!file) return recon::fail(desk_.connection, run.id, file.error());
  if (run.file_path.empty()) AUTHD_TRY_VOID(recon::set_file_path(desk_.connection, run.id, *file));
  recon::EngineOptions options;
  options.connection = desk_.options;
  options.file_bytes_max = desk_.config.reconciliation->file_bytes_max;
  options.work_memory_mib = desk_.config.reconciliation->work_memory_mib;
  options.on_progress = [this](const recon::RunProgress& progress) { printer_.show(progress); };
  current_ = run.id;
  const auto state = recon::perform_run(run.id, supplier_, options, stop_.get_token());
  current_ = 0;
  if (!state) return core::Unexpected{state.error()};
  if (!*state) return watch(run.id);
  return {};
}

// Somebody else is at the supplier: most likely the daemon, and at this very run.
Result<void, PgError> ReconPerformance::watch(std::int64_t run) {
  AUTHD_TRY(row, desk_.connection.exec(
                     "SELECT stage, done, coalesce(total, 0), (SELECT count(*)"
                     "   FROM authd.recon_line WHERE run_id = p.run_id AND p.stage = 'reading')"
                     "  FROM authd.recon_progress AS p WHERE run_id = $1",
                     store::PgParams().number(run)));
  if (row.rows() > 0) {
    printer_.show({run, row.text(0, 0), static_cast<std::uint64_t>(row.number<std::int64_t>(0, 1)),
                   static_cast<std::uint64_t>(row.number<std::int64_t>(0, 2)),
                   static_cast<std::uint64_t>(row.number<std::int64_t>(0, 3))});
  }
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, stop_.get_token(), look_again, [] { return false; });
  return {};
}

}  // namespace authd::commands
