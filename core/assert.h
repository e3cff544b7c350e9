// AUTHD_ASSERT: a programming error ends the process, in release builds too.
//
// For invariants only this program can break. Nothing a peer, a disk or an operator can cause may
// reach one: those are Results. Prints the expression and its place to standard error and aborts;
// the journal makes the abort harmless.

#pragma once

#include <cstdio>
#include <cstdlib>

namespace authd::core {

[[noreturn]] inline void assertion_failed(const char* expression, const char* file,
                                          int line) noexcept {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace authd::core

#define AUTHD_ASSERT(condition)       \
  ((condition) ? static_cast<void>(0) \
               : ::authd::core::assertion_failed(#condition, __FILE__, __LINE__))
