#include "authd/audit/auditor.h"

#include "authd/audit/report_json.h"

namespace authd {

boost::json::object to_json(const AuditStatus& status) {
  boost::json::object object{{"begun", status.begun},
                             {"ended", status.ended},
                             {"running", status.is_running()},
                             {"step", store::name(status.step)},
                             {"rows", status.rows},
                             {"error", status.error}};
  if (status.report) object["report"] = *status.report;
  return object;
}

Auditor::Auditor(Audit audit, Options options)
    : audit_(std::move(audit)),
      options_(std::move(options)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Auditor::~Auditor() {
  thread_.request_stop();
  thread_.join();
}

std::uint64_t Auditor::request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  wake_.notify_all();
  return status_.begun + 1;
}

AuditStatus Auditor::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Auditor::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      const auto asked = [this] { return requested_; };
      if (options_.interval.count() > 0) {
        wake_.wait_for(lock, stop, options_.interval, asked);
      } else {
        wake_.wait(lock, stop, asked);
      }
      if (stop.stop_requested()) return;
      requested_ = false;
      status_.begun += 1;
      status_.rows = 0;
      status_.step = store::AuditStep::copying;
    }
    audit_once(stop);
  }
}

void Auditor::audit_once(const std::stop_token& stop) {
  const auto result = audit_(stop, [this](store::AuditStep step, std::uint64_t rows) {
    const std::lock_guard lock(mutex_);
    status_.step = step;
    status_.rows = rows;
  });
  end(result);
  if (options_.on_ended && !stop.stop_requested()) options_.on_ended(status());
}

void Auditor::end(const core::Result<store::AuditReport, std::string>& result) {
  const std::lock_guard lock(mutex_);
  status_.ended = status_.begun;
  if (!result) {
    status_.failed += 1;
    status_.error = result.error();
    return;
  }
  status_.error.clear();
  status_.differences = result->differences;
  status_.duration = result->duration;
  status_.report = report_json(*result);
  if (result->is_clean()) {
    status_.clean += 1;
    status_.last_clean_at = options_.now();
  } else {
    status_.different += 1;
  }
}

}  // namespace authd
