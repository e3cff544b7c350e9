// Reconciliation over the API: whose files, their runs, what came of every line, and the work on
// what no rule resolves.
//
// A run is a row that a runner elsewhere takes up; here it is only asked for. People's steps are a
// transaction each and stand in the audit trail of the supplier.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

struct ReconciliationDesk {
  std::filesystem::path spool;       // of uploads; made when it is missing
  std::uint64_t file_bytes_max = 0;  // of an upload, all of its pieces together
  std::function<void()> wake;        // a run was queued or cancelled: on any thread, must not block
};

std::vector<Resource> reconciliation_resources(ReconciliationDesk desk);

}  // namespace authd::api
