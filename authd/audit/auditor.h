// Auditor: audits on a schedule, and when asked to, one at a time.
//
// Threads: its own runs the audits; request and status anywhere.

#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/audit/audit.h"

namespace authd {

struct AuditStatus {
  std::uint64_t clean = 0;      // audits since the start that found nothing,
  std::uint64_t different = 0;  // that found something,
  std::uint64_t failed = 0;     // that came to no result
  std::optional<core::Timestamp> last_clean_at;
  std::uint64_t differences = 0;         // of the last one with a result
  std::chrono::milliseconds duration{};  // likewise

  std::uint64_t begun = 0;                            // number of the audit that began last
  std::uint64_t ended = 0;                            // number of the one that ended last
  store::AuditStep step = store::AuditStep::copying;  // of the one under way
  std::uint64_t rows = 0;                             // likewise
  std::string error;                                  // of the last one, when it failed
  std::optional<boost::json::object> report;          // of the last one with a result

  bool is_running() const noexcept { return begun > ended; }
};

// What GET /audit answers:
//   {"begun":3,"ended":2,"running":true,"step":"comparing","rows":10000,"error":"","report":{…}}
boost::json::object to_json(const AuditStatus& status);

class Auditor {
 public:
  using Progress = std::function<void(store::AuditStep, std::uint64_t rows)>;
  using Audit = std::function<core::Result<store::AuditReport, std::string>(std::stop_token,
                                                                            const Progress&)>;
  struct Options {
    std::chrono::milliseconds interval{0};  // between the end of one and the next; 0: on request
    std::function<core::Timestamp()> now;
    std::function<void(const AuditStatus&)> on_ended;  // for the log; may be empty
  };

  Auditor(Audit audit, Options options);
  ~Auditor();
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

  // Has one done soon, and returns its number. Of several before it begins, all mean the same one.
  std::uint64_t request();

  AuditStatus status() const;

 private:
  void run(const std::stop_token& stop);
  void audit_once(const std::stop_token& stop);
  void end(const core::Result<store::AuditReport, std::string>& result);

  const Audit audit_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool requested_ = false;
  AuditStatus status_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd
