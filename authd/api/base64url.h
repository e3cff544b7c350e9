// base64url without padding (RFC 4648 section 5): keys and cursors.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authd::api {

std::string to_base64url(std::string_view bytes);

// Nothing unless `text` is the one canonical encoding of some bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace authd::api
