#include "authd/http/message.h"

#include <algorithm>

namespace authd::http {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> field_of(std::string_view fields, std::string_view name) {
  constexpr std::string_view line_end = "\r\n";
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find(line_end), fields.size());
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + line_end.size(), fields.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_same_name(line.substr(0, colon), name)) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return std::nullopt;
}

}  // namespace authd::http
