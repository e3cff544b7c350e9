// Passes: each takes what is still open on both sides and ties together what belongs together.
//
// The tables, all temporary: `line` and `item` have everything, `open_line` and `open_item` what
// nothing is matched with yet, besides the keys; `pair` has what was matched:
//
//   pair   match       the first line's n
//          line, item  n of each; where a match has more of the one than of the other, null
//
// Deterministic: what a pass ties together depends on nothing but the rows and their n.

#pragma once

#include "authd/recon/engine/run_session.h"

namespace authd::recon {

extern const char* const pair_tables;  // CREATE statements

// References alone, on `line` and `item` as they are: for the first pass, which matches most.
core::Result<void, RunStop> match_all_references(RunSession& session, const Pass& pass);

// Any pass, on what is open. What it matches is open no more.
core::Result<void, RunStop> match_open(RunSession& session, const Pass& pass);

}  // namespace authd::recon
