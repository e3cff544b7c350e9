// crc32c: the checksum of every stored row and record (Castagnoli polynomial, RFC 3720
// section 12.1).
//
// Threads: any. Cost: some 40 ns for a record of 740 bytes (20 GB/s).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace authd::store {

// `previous` is the checksum of the bytes that stand before these:
// crc32c(b, crc32c(a)) is the checksum of a followed by b.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous = 0) noexcept;

}  // namespace authd::store
