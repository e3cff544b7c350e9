// A cell of a CSV file that people open in a spreadsheet.

#pragma once

#include <string>
#include <string_view>

namespace authd::recon {

// The text as one cell (RFC 4180): quoted where it must be, and with an apostrophe in front where a
// spreadsheet would take it for a formula, which is when it begins with = + - @, a tab or a
// carriage return. Decimal numbers such as "-4.20" stay numbers.
std::string export_cell(std::string_view text);

}  // namespace authd::recon
