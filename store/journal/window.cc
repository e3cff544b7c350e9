#include "store/journal/window.h"

#include <algorithm>
#include <cstring>

#include "core/assert.h"

namespace authd::store {

core::Result<std::span<const std::byte>, Errno> Window::view(std::uint64_t offset,
                                                             std::size_t wanted,
                                                             std::uint64_t limit) {
  AUTHD_ASSERT(file_ != nullptr && wanted <= capacity_);
  if (offset >= limit) return std::span<const std::byte>{};
  wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, limit - offset));

  const bool overlaps = offset >= start_ && offset < start_ + filled_;
  const std::size_t skipped = overlaps ? static_cast<std::size_t>(offset - start_) : 0;
  if (overlaps && filled_ - skipped >= wanted) {
    return std::span<const std::byte>(buffer_.get() + skipped, wanted);
  }

  // Keep the part that was read already, in front, and fill up behind it.
  const std::size_t kept = overlaps ? filled_ - skipped : 0;
  if (kept > 0) std::memmove(buffer_.get(), buffer_.get() + skipped, kept);
  start_ = offset;
  filled_ = kept;
  const auto room =
      static_cast<std::size_t>(std::min<std::uint64_t>(capacity_ - kept, limit - offset - kept));
  AUTHD_TRY(count, read_full(*file_, {buffer_.get() + kept, room}, offset + kept));
  filled_ += count;
  return std::span<const std::byte>(buffer_.get(), std::min(wanted, filled_));
}

}  // namespace authd::store
