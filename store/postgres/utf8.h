// clean_utf8: text that PostgreSQL accepts, whatever a peer sent.
//
// PostgreSQL refuses a whole batch for one byte that is not UTF-8, or for U+0000. Merchant texts
// come from acquirers' terminals and hold such bytes, and a batch that is refused forever would
// stop the drain.

#pragma once

#include <string>
#include <string_view>

namespace authd::store {

// `text` itself when it is UTF-8 without U+0000; otherwise `scratch`, in which every byte that is
// not part of it is replaced by U+FFFD.
std::string_view clean_utf8(std::string_view text, std::string& scratch);

}  // namespace authd::store
