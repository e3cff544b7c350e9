// What we have that a file can state, as SQL: the rows of the temporary table `item`.
//
//   item   n             its place in the order of time, shard and seq
//          shard, seq    the entry of the ledger
//          amount        as the wallet sees it
//          at            when it was booked, or asked for
//          status        as lines have it: 1 settled, 2 pending, 4 reversed
//          is_taken      an earlier run has matched it
//          is_waiting    an earlier run has missed it, and waits
//          unasked       no authorization of ours covers it
//          over_captured more than was authorized
//
// Sources: store/postgres/migrations; the shares of an entry are those of store/postgres/entries.h.

#pragma once

#include <string>

#include "authd/recon/supplier.h"

namespace authd::recon {

extern const char* const item_table;       // CREATE statements
extern const char* const open_item_table;  // with what passes can ask for besides

// Adds items. Parameters: $1 the program, $2 the supplier's id.
//   within    $3 and $4: from and until when
//   named     those outside of `item` whose reference an open line has
//   waiting   those outside of `item` that an earlier run waits for
std::string items_within(const Supplier& supplier);
std::string items_named(const Supplier& supplier);
std::string items_waiting(const Supplier& supplier);

// Fills open_item with the items of rest_item, a table like `item`; no parameters.
std::string open_items(const Supplier& supplier);

}  // namespace authd::recon
