// What a system call trace says about the order of journal and answers.
//
// The trace is what `strace -f -yy` writes of a daemon that one connection asks for one decision at
// a time. For every answer it must show, each finished before the next begins:
//
//   the request read  →  its batch written to a segment  →  fdatasync of it  →  the answer sent
//
// A pure function of the text, so that it can be shown traces that must not pass.

#pragma once

#include <cstdint>
#include <string>

namespace authd::test {

struct FlushTrace {
  std::uint64_t requests = 0;
  std::uint64_t batches = 0;  // written while a request was under way
  std::uint64_t flushes = 0;  // that covered one of them
  std::uint64_t answers = 0;
  std::string violation;  // the first line that breaks the order, and why; empty: none
};

FlushTrace read_flush_trace(const std::string& trace, std::uint16_t port);

}  // namespace authd::test
