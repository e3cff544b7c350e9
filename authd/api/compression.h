// Compression of large answers with gzip (RFC 1952), when the caller takes it.

#pragma once

#include <string>
#include <string_view>

namespace authd::api {

inline constexpr std::size_t compress_from_bytes = 1'024;

// Whether an Accept-Encoding field (RFC 9110 section 12.5.3) takes gzip, and prefers it at least as
// much as no encoding where it speaks of both.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

// Fast rather than small: level 1 of zlib. Any thread.
std::string gzip(std::string_view bytes);

}  // namespace authd::api
