// How often this test program has allocated with new: the proof that a path does not.

#pragma once

#include <cstddef>

namespace authd::test {

std::size_t allocations() noexcept;

}  // namespace authd::test
