#include "authd/recon/export_cell.h"

#include <algorithm>

namespace authd::recon {

namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  return all_digits(text.substr(0, point)) &&
         (point == std::string_view::npos || all_digits(text.substr(point + 1)));
}

}  // namespace

std::string export_cell(std::string_view text) {
  constexpr std::string_view formula_begins("=+-@\t\r");
  const bool is_formula = !text.empty() &&
                          formula_begins.find(text.front()) != std::string_view::npos &&
                          !is_number(text);
  const bool is_quoted = is_formula || text.find_first_of(",;\"\r\n\t") != std::string_view::npos;
  if (!is_quoted) return std::string(text);
  std::string cell(1, '"');
  if (is_formula) cell += '\'';
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

}  // namespace authd::recon
