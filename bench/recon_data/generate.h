// generate: a ledger and the supplier's file about it, with faults and the list of them.
//
// The same options give the same rows, the same file and the same list, byte for byte. Memory does
// not grow with the rows, apart from the list.

#pragma once

#include <cstdio>
#include <string>

#include "bench/recon_data/fault.h"
#include "store/postgres/connection.h"

namespace authd::bench {

struct Generated {
  PlantedList planted;
  std::uint64_t lines = 0;
};

// Fills the ledger through two connections and writes the file. Whether the file could be written,
// std::ferror() says.
core::Result<Generated, store::PgError> generate(store::Connection& connection,
                                                 store::Connection& second, const World& world,
                                                 std::uint64_t faults_per_mille, std::FILE* file);

// kind,line_number,shard,item_seq,authorization,resolution with a header; what is not there is
// empty.
void write_planted(const PlantedList& planted, std::int32_t shard, std::FILE* file);

}  // namespace authd::bench
