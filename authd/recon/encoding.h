// Encodings: what a supplier's bytes say, as UTF-8.

#pragma once

#include <string>
#include <string_view>

#include "authd/recon/source.h"

namespace authd::recon {

// Whether the bytes are UTF-8 (RFC 3629): neither overlong forms, surrogates nor anything above
// U+10FFFF.
bool is_utf_8(std::string_view bytes) noexcept;

// Appends the text as UTF-8; false, with `text` as it was, when the bytes are not of that encoding.
bool append_utf_8(std::string_view bytes, Encoding encoding, std::string& text);

// At most `bytes_max` bytes, fit for a terminal and a log: what is no UTF-8 or controls a terminal
// becomes '?'.
std::string cleaned(std::string_view bytes, std::size_t bytes_max);

}  // namespace authd::recon
