// ByteStream: the bytes of a supplier's file, decompressed when it is gzip (RFC 1952), in chunks.
//
// Whoever sends a file decides what is in it: it is read once, forwards, in bounded memory, and
// given up when it is larger than allowed, unfolds to more than allowed, or unfolds suspiciously
// well (a decompression bomb). gzip is recognised by its first bytes, not by the file's name; its
// members may follow each other, nothing else may follow them.
//
// Threads: one at a time. Lifetime: a chunk is valid until the next call of next().
// Errors: final, see StreamError; nothing of the file is to be trusted after one.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace authd::recon {

struct StreamLimits {
  std::uint64_t file_bytes_max = std::uint64_t{2} << 30;
  std::uint64_t inflated_bytes_max = std::uint64_t{8} << 30;
  // Lines of payments shrink to a tenth or so. Not applied to the first MiB, so that small files
  // may be as regular as they like.
  std::uint64_t inflated_ratio_max = 200;
  bool is_inflated = true;  // false: gzip is read as it is stored
};

enum class StreamErrorKind : std::uint8_t {
  cannot_open = 1,
  cannot_read = 2,
  file_too_large = 3,
  inflated_too_large = 4,
  inflates_too_well = 5,
  gzip_damaged = 6,    // or followed by something else
  gzip_truncated = 7,  // the file ends inside a member
  no_memory = 8,
};
std::string_view name(StreamErrorKind kind) noexcept;

struct StreamError {
  StreamErrorKind kind = StreamErrorKind::cannot_open;
  std::uint64_t offset = 0;  // bytes of the file that were read until then
  int error_number = 0;      // errno of cannot_open and cannot_read
};

using Sha256 = std::array<unsigned char, 32>;
std::string to_hex(const Sha256& digest);

class ByteStream {
 public:
  static core::Result<ByteStream, StreamError> open(const std::filesystem::path& file,
                                                    const StreamLimits& limits = {});
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;
  ~ByteStream();

  // The next bytes, at most chunk_bytes; empty at the end.
  core::Result<std::string_view, StreamError> next();

  std::uint64_t bytes_read() const noexcept;   // of the file itself
  std::uint64_t bytes_total() const noexcept;  // 0 when it is a pipe
  bool is_gzip() const noexcept;

  // Of the file's own bytes as stored. Only after next() has come to the end.
  Sha256 sha256() const;

  static constexpr std::size_t chunk_bytes = 65'536;

 private:
  class Impl;
  explicit ByteStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace authd::recon
