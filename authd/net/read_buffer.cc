#include "authd/net/read_buffer.h"

#include <algorithm>
#include <cstring>

#include "core/assert.h"

namespace authd::net {

ReadBuffer::ReadBuffer(std::size_t small_bytes) : small_bytes_(small_bytes) {
  AUTHD_ASSERT(small_bytes_ > 0);
  reallocate(small_bytes_);
}

std::span<char> ReadBuffer::prepare(std::size_t unread_bytes_wanted) {
  const std::size_t unread_bytes = end_ - begin_;
  AUTHD_ASSERT(unread_bytes_wanted > unread_bytes);
  if (unread_bytes == 0 && unread_bytes_wanted <= small_bytes_ && capacity_ > small_bytes_) {
    reallocate(small_bytes_);
  } else if (unread_bytes_wanted > capacity_) {
    reallocate(std::max(unread_bytes_wanted, 2 * capacity_));
  } else if (begin_ + unread_bytes_wanted > capacity_) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, unread_bytes);
    begin_ = 0;
    end_ = unread_bytes;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void ReadBuffer::commit(std::size_t bytes_read) noexcept {
  AUTHD_ASSERT(bytes_read <= capacity_ - end_);
  end_ += bytes_read;
}

void ReadBuffer::consume(std::size_t bytes_used) noexcept {
  AUTHD_ASSERT(bytes_used <= end_ - begin_);
  begin_ += bytes_used;
  if (begin_ == end_) begin_ = end_ = 0;
}

void ReadBuffer::reallocate(std::size_t capacity) {
  auto bytes = std::make_unique<char[]>(capacity + padding);
  const std::size_t unread_bytes = end_ - begin_;
  if (unread_bytes > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, unread_bytes);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
  begin_ = 0;
  end_ = unread_bytes;
}

}  // namespace authd::net
