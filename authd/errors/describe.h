// describe: errors of core/ and store/ as sentences for operators: what is wrong, where, and which
// command helps.

#pragma once

#include <string>

#include "core/apply.h"
#include "store/postgres/connection.h"
#include "store/postgres/migrate.h"
#include "store/state/storage.h"

namespace authd {

std::string describe(core::Setup refusal);  // of a command that sets something up
std::string describe(const store::JournalError& error);
std::string describe(const store::SnapshotError& error);
std::string describe(const store::StorageError& error);
std::string describe(const store::PgError& error);
std::string describe(const store::MigrationError& error);

}  // namespace authd
