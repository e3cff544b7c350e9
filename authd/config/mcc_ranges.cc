#include "authd/config/mcc_ranges.h"

#include <fmt/format.h>

#include <optional>

#include "core/mcc_groups.h"

namespace authd {

namespace {

constexpr std::size_t digits_of_code = 4;
constexpr std::string_view group_prefix = "group:";

std::optional<std::uint16_t> parse_code(std::string_view digits) {
  if (digits.size() != digits_of_code) return std::nullopt;
  int code = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    code = code * 10 + (digit - '0');
  }
  if (code == 0) return std::nullopt;
  return static_cast<std::uint16_t>(code);
}

}  // namespace

core::Result<std::vector<core::MccRange>, std::string> parse_mccs(std::string_view word) {
  if (word.starts_with(group_prefix)) {
    const core::MccGroup* const group = core::mcc_group(word.substr(group_prefix.size()));
    if (group == nullptr) {
      return core::Unexpected{fmt::format("'{}' is not a known group of codes", word)};
    }
    return std::vector<core::MccRange>(group->ranges.begin(), group->ranges.end());
  }
  const auto from = parse_code(word.substr(0, digits_of_code));
  const bool is_range = word.size() > digits_of_code && word[digits_of_code] == '-';
  const auto to = is_range ? parse_code(word.substr(digits_of_code + 1)) : parse_code(word);
  if (!from || !to || *from > *to) {
    return core::Unexpected{fmt::format(
        "'{}' is neither a code such as 5411, nor a range such as 3000-3299, nor group:NAME",
        word)};
  }
  return std::vector<core::MccRange>{{*from, *to}};
}

std::string mcc_word(core::MccRange range) {
  return range.from == range.to ? fmt::format("{:04}", range.from)
                                : fmt::format("{:04}-{:04}", range.from, range.to);
}

}  // namespace authd
