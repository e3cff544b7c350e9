// ClearingFile: stories' lines as the supplier of ops/sources/marqeta_clearing.toml writes them, in
// another order than the ledger's.
//
// The order is that of the ledger in blocks, and by chance within a block. Memory: a block.

#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/recon_data/story.h"

namespace authd::bench {

class ClearingFile {
 public:
  // Line numbers of faults go into `planted`, which outlives it.
  ClearingFile(std::FILE* file, const World& world, PlantedList& planted);

  // `fault`: its place in the list.
  void add(const Story& story, const Line& line, std::optional<std::size_t> fault);
  void finish();

  std::uint64_t lines() const noexcept { return line_number_ - 1; }  // without the header

 private:
  struct Waiting {
    std::string text;
    std::optional<std::size_t> fault;
  };

  void write_block();

  std::FILE* file_;
  const World& world_;
  PlantedList& planted_;
  std::vector<Waiting> block_;
  std::uint64_t line_number_ = 1;  // written
};

}  // namespace authd::bench
