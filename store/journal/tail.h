// Tail: what lies behind the last whole batch of a segment.
//
// A batch that stops in the middle is a torn tail (the process or the machine died while it was
// written, nobody was answered) or damage to something that was durable. They differ in what comes
// after: the next batch is only written once this one is durable, so a whole record of a later
// batch proves damage. Records of the same batch prove nothing: the sectors of one write reach the
// disk in any order.
//
// One case more can be told apart: a write is torn by whole sectors that kept their old content,
// zeros. A batch whose trailer is there and that has no sector of zeros where it fails to read was
// all written: damage.
//
// What cannot be told apart, and counts as torn: damage to the trailer of the very last batch.

#pragma once

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "store/journal/layout.h"
#include "store/journal/window.h"

namespace authd::store {

// Where reading stopped: the batch `batch` begins at `begin` (0 when it is the segment's first: the
// header belongs to the same write) and everything before `stop` in it is whole.
struct Stop {
  std::uint64_t begin = 0;
  std::uint64_t stop = 0;
  std::uint64_t batch = 0;
};

enum class TailState : std::uint8_t {
  clean = 1,    // zeros up to the end of the file
  torn = 2,     // the rest of one write that did not complete
  damaged = 3,  // the batch had been durable
};

struct Tail {
  TailState state = TailState::clean;
  std::uint64_t end = 0;      // behind the last byte that is not zero, rounded up to 8; when torn
  std::uint64_t records = 0;  // whole records of the batch from `stop` on; when torn
};

// Reads the segment that `window` is attached to, `bytes` long, to its end.
core::Result<Tail, Errno> inspect_tail(Window& window, std::uint64_t bytes, std::uint32_t shard,
                                       const Stop& stop);

}  // namespace authd::store
