// locate_file: where the file of a run lies, when its row only names it.
//
// The API starts runs of files in the supplier's directory by their plain names. Whoever may do
// that may not read anything else of this machine: a name that is a path, and a link that leads
// out of the directory, are refused.

#pragma once

#include <string>

#include "authd/recon/engine/run_queue.h"
#include "authd/recon/supplier.h"

namespace authd::recon {

// An absolute path without links; `run.file_path` as it is when there is one. The error is a
// sentence for the run's row.
core::Result<std::string, std::string> locate_file(const PendingRun& run, const Supplier& supplier);

}  // namespace authd::recon
