// Tables: the rows that PostgreSQL owns, read where they are instead of from the stream.
//
// For connections with set_text_formats(). Large tables come in portions.
//
// Errors: MirrorFailure, with the fault of a row that cannot be read.

#pragma once

#include <functional>
#include <string>

#include "store/mirror/mirror_status.h"

namespace authd::store {

// Whether the tables have the columns that this program knows, and no others.
MirrorTry<void> check_tables(Connection& connection);

// Until the transaction, which is in the server's log, can be seen by others as well: its commit is
// sent to us first. `xid` is the lower half of its number.
MirrorTry<void> wait_until_visible(Connection& connection, std::uint32_t xid);

// The command of one row as it is now; nothing where there is none.
MirrorTry<std::optional<core::Command>> read_row_now(Connection& connection,
                                                     const MirroredKey& key);

// Calls `take` with the fields of every row of a SELECT of columns_list(). Within a transaction.
using TakeFields = std::function<MirrorTry<void>(const MirroredFields&)>;
MirrorTry<void> read_table(Connection& connection, MirroredTable table, const std::string& where,
                           const TakeFields& take);

// Whether every row of the table can be read.
MirrorTry<void> check_rows(Connection& connection, MirroredTable table);

}  // namespace authd::store
