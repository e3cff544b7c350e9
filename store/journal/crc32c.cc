#include "store/journal/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace authd::store {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous) noexcept {
  // isa-l works on the bare register and counts in int: inversion and long spans are up to us.
  constexpr std::size_t step_max = std::size_t{1} << 30U;
  std::uint32_t state = ~previous;
  while (!bytes.empty()) {
    const auto step = bytes.first(std::min(bytes.size(), step_max));
    // The parameter is not const although nothing is written through it.
    auto* const first = const_cast<unsigned char*>(  //
        reinterpret_cast<const unsigned char*>(step.data()));
    state = crc32_iscsi(first, static_cast<int>(step.size()), state);
    bytes = bytes.subspan(step.size());
  }
  return ~state;
}

}  // namespace authd::store
