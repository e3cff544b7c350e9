#include "authd/daemon/readiness.h"

#include <fmt/format.h>

#include "authd/errors/describe.h"

namespace authd {

std::vector<std::string> why_not_ready(const Status& status, const store::Journal& journal,
                                       const ReadinessConfig& limits) {
  std::vector<std::string> why;
  if (status.disk_used_percent > status.disk_used_percent_max) {
    why.push_back(fmt::format("disk {} % used, limit {} %", status.disk_used_percent,
                              status.disk_used_percent_max));
  }
  if (status.map_used_percent > status.disk_used_percent_max) {
    why.push_back(fmt::format("snapshot map {} % used, limit {} %", status.map_used_percent,
                              status.disk_used_percent_max));
  }
  if (const auto error = journal.next_segment_error()) {
    why.push_back("the next segment of the " + describe(*error));
  }
  if (status.overlay_rows >= status.overlay_rows_max) {
    why.push_back(fmt::format("overlay at its bound of {} rows", status.overlay_rows_max));
  }
  if (!status.checkpoint_error.empty()) why.push_back("checkpoint: " + status.checkpoint_error);
  if (status.drain && status.drain->failing) why.push_back("drain " + status.drain->state);
  if (status.mirror && status.mirror->state >= store::MirrorState::schema_mismatch) {
    why.push_back("mirror " + std::string(name(status.mirror->state)) + ": " +
                  status.mirror->last_error);
  }
  if (status.drain && status.drain->lag > limits.drain_lag_max) {
    why.push_back(fmt::format("drain lag {} s, limit {} s", status.drain->lag.count(),
                              limits.drain_lag_max.count()));
  }
  if (status.drain && status.drain->lag_records > limits.drain_lag_records_max) {
    why.push_back(fmt::format("drain lag {} records, limit {}", status.drain->lag_records,
                              limits.drain_lag_records_max));
  }
  return why;
}

}  // namespace authd
