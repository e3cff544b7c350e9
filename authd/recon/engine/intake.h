// Intake: a supplier's file into authd.recon_line and authd.recon_bad_line.
//
// Lines are stored some thousands at a time, each time in a transaction of its own: a run that died
// reads its file again and skips what is there. The file is recognised by its SHA-256 before its
// first line is stored, and must have the same at its end.
//
// Memory: the reader's, and one batch of lines.

#pragma once

#include "authd/recon/engine/run_session.h"
#include "authd/recon/reader.h"

namespace authd::recon {

// The file of the run is read, and the run says so.
core::Result<void, RunStop> take_in(RunSession& session, const RunRecord& record);

}  // namespace authd::recon
