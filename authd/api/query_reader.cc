#include "authd/api/query_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "authd/api/percent.h"
#include "authd/api/rfc3339.h"

namespace authd::api {

namespace {

std::string_view take_until(std::string_view& rest, char end) noexcept {
  const std::string_view part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

}  // namespace

QueryReader::QueryReader(std::string_view query) {
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view raw_name = take_until(value, '=');
    const auto name = percent_decoded(raw_name);
    auto decoded = percent_decoded(value);
    if (!name || !decoded) {
      refuse(raw_name, "is not percent-encoded text");
    } else if (!values_.emplace(*name, std::move(*decoded)).second) {
      refuse(*name, "stands twice");
    }
  }
}

std::optional<std::string> QueryReader::text(std::string_view name, std::size_t size_max) {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  std::string value = std::move(found->second);
  values_.erase(found);
  if (value.empty() || value.size() > size_max) {
    refuse(name, fmt::format("must have 1 to {} bytes", size_max));
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
  constexpr std::size_t digits_max = 20;
  const auto value = text(name, digits_max);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = value->data() + value->size();
  const auto [stopped, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc() || stopped != end || number < min || number > max) {
    refuse(name, fmt::format("must be an integer from {} to {}", min, max));
    return std::nullopt;
  }
  return number;
}

std::optional<core::Timestamp> QueryReader::time(std::string_view name) {
  constexpr std::size_t time_size_max = 40;
  const auto value = text(name, time_size_max);
  if (!value) return std::nullopt;
  const auto time = from_rfc3339(*value);
  if (!time) refuse(name, "must be a time such as 2026-11-21T13:04:51Z");
  return time;
}

std::size_t QueryReader::position(std::string_view name, std::span<const std::string_view> names) {
  constexpr std::size_t word_size_max = 64;
  const auto value = text(name, word_size_max);
  if (!value) return 0;
  const auto found = std::find(names.begin(), names.end(), *value);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin()) + 1;
  refuse(name, fmt::format("must be one of {}", fmt::join(names, ", ")));
  return 0;
}

void QueryReader::refuse(std::string_view name, std::string message) {
  errors_.push_back({std::string(is_plain_text(name) ? name : "?"), std::move(message)});
}

core::Result<void, Problem> QueryReader::finish() {
  for (const auto& [name, value] : values_) refuse(name, "is not a known parameter");
  values_.clear();
  if (errors_.empty()) return {};
  Problem problem(Problem::Kind::invalid_request, "Parameters of the query cannot be understood.");
  problem.errors = std::move(errors_);
  return core::Unexpected{std::move(problem)};
}

}  // namespace authd::api
