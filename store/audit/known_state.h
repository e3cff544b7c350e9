// What the state has of the rows that PostgreSQL owns: what a mirror compares everything with.
//
// Neither the sequencer nor the checkpointer waits for it.

#pragma once

#include <filesystem>
#include <functional>

#include "store/audit/audit.h"

namespace authd::store {

// Calls `visit` with every Account, Card and ControlSet of the state as of the journal's last
// record. `scratch`: a directory of its own, removed before and after. Any thread but the
// sequencer's.
core::Result<void, AuditError> visit_known(const Snapshot& snapshot, const JournalSource& journal,
                                           const std::filesystem::path& scratch,
                                           std::size_t map_bytes, std::uint32_t shard,
                                           const std::function<void(const core::Row&)>& visit);

}  // namespace authd::store
