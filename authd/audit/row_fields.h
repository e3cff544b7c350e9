// Rows of the state as people read them: what a row is called, and its fields in words.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rows.h"

namespace authd {

// "account 17"; of a key under which nothing readable lies, its bytes.
std::string row_name(std::string_view key);

// What is not in the name, in the order of core/rows.h.
using RowFields = std::vector<std::pair<std::string, std::string>>;
RowFields row_fields(const core::Row& row);

}  // namespace authd
