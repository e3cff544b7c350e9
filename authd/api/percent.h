// Percent-decoding (RFC 3986 section 2.1) of path segments and query parameters. A '+' is a plus.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authd::api {

// Nothing when a '%' is not followed by two hexadecimal digits, or when the result is not text as
// is_plain_text() has it.
std::optional<std::string> percent_decoded(std::string_view text);

std::string percent_encoded(std::string_view text);  // all but unreserved characters

// UTF-8 without control characters: what may be stored and shown.
bool is_plain_text(std::string_view text);

}  // namespace authd::api
