// Merchant category codes as operators write them: "5411", "3000-3299", "group:gambling".

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/filter.h"
#include "core/result.h"

namespace authd {

// The ranges that a word stands for; a group (core/mcc_groups.h) is several. Codes have four
// digits, 0001 to 9999. The error says what is wrong with the word, beginning with it.
core::Result<std::vector<core::MccRange>, std::string> parse_mccs(std::string_view word);

// "5411" or "3000-3299": parse_mccs reads it back.
std::string mcc_word(core::MccRange range);

}  // namespace authd
