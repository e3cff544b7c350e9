// ReadBuffer: the bytes a connection has received and not used yet, contiguous.
//
// A request is read, parsed and served in place: its header, then its body, then whatever the peer
// has pipelined. The buffer grows to the request at hand and is small again once it is empty, so
// that idle connections cost little.
//
// Threads: one at a time. Lifetime: views and spans are valid until the next prepare() or
// consume(). At least `padding` bytes behind unread() may always be read (simdjson loads whole
// vectors); what they hold is undefined.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace authd::net {

class ReadBuffer {
 public:
  static constexpr std::size_t padding = 64;

  explicit ReadBuffer(std::size_t small_bytes);

  std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }

  // Room such that unread() can grow to at least `unread_bytes_wanted` (more than it holds now);
  // the room returned may be larger. Moves the unread bytes when they do not fit where they are.
  std::span<char> prepare(std::size_t unread_bytes_wanted);

  void commit(std::size_t bytes_read) noexcept;  // of the room that prepare() returned
  void consume(std::size_t bytes_used) noexcept;

 private:
  void reallocate(std::size_t capacity);

  std::size_t small_bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace authd::net
