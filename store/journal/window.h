// Window: sequential reading of a file through one buffer, without a system call for every record.
//
// Threads: one. Lifetime: a view is valid until the next call; the file must outlive its use here.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/result.h"
#include "store/journal/disk.h"

namespace authd::store {

class Window {
 public:
  explicit Window(std::size_t capacity)
      : buffer_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  // Reads from this file from now on; forgets what was read before.
  void attach(File& file) noexcept {
    file_ = &file;
    filled_ = 0;
  }

  // The bytes from `offset` on: `wanted` (at most the capacity) or as many as there are before
  // `limit` and the file's end. Never reads beyond `limit`: what lies there may still change.
  core::Result<std::span<const std::byte>, Errno> view(std::uint64_t offset, std::size_t wanted,
                                                       std::uint64_t limit);

 private:
  File* file_ = nullptr;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_;
  std::uint64_t start_ = 0;  // offset in the file of buffer_[0]
  std::size_t filled_ = 0;
};

}  // namespace authd::store
