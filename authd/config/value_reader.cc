#include "authd/config/value_reader.h"

#include <algorithm>

namespace authd {

namespace {

constexpr int percent_decimals = 2;  // a basis point is a hundredth of a percent
constexpr std::int64_t basis_points_max = 10'000;
constexpr std::int64_t count_max = 1'000'000'000;

}  // namespace

std::string choice_of(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view& word : words) {
    if (!text.empty()) text += &word == &words.back() ? " or " : ", ";
    text += word;
  }
  return text;
}

std::optional<std::size_t> read_place(TableReader& in, std::string_view key,
                                      std::span<const std::string_view> words,
                                      std::string_view fallback) {
  const std::string word = fallback.empty() ? in.required_text(key) : in.text(key, fallback);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin()) + 1;
  if (!word.empty() || !fallback.empty()) in.refuse(key, "must be " + choice_of(words));
  return std::nullopt;
}

std::vector<std::size_t> read_places(TableReader& in, std::string_view key,
                                     std::span<const std::string_view> words) {
  std::vector<std::size_t> places;
  for (const std::string& word : in.texts(key)) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) {
      in.refuse(key, "\"" + word + "\" is not " + choice_of(words));
      continue;
    }
    const auto place = static_cast<std::size_t>(found - words.begin()) + 1;
    if (std::find(places.begin(), places.end(), place) != places.end()) {
      in.refuse(key, "\"" + word + "\" stands twice");
    }
    places.push_back(place);
  }
  return places;
}

std::int64_t read_percent(TableReader& in, std::string_view key) {
  const std::string digits = in.decimal(key);
  if (digits.empty()) return 0;
  const auto parsed = core::parse_major_units(digits, percent_decimals);
  if (parsed && *parsed <= basis_points_max) return *parsed;
  in.refuse(key, "must be a decimal number from 0 to 100 with at most two decimals");
  return 0;
}

std::int64_t read_minor(TableReader& in, std::string_view key) {
  return in.integer(key, 0, 0, core::minor_units_max);
}

std::optional<std::int64_t> read_optional_minor(TableReader& in, std::string_view key) {
  const std::int64_t minor = read_minor(in, key);
  return in.has(key) ? std::optional(minor) : std::nullopt;
}

std::optional<std::int64_t> read_optional_count(TableReader& in, std::string_view key) {
  const std::int64_t count = in.integer(key, 0, 0, count_max);
  return in.has(key) ? std::optional(count) : std::nullopt;
}

std::optional<core::Currency> read_currency(TableReader& in, std::string_view key) {
  const std::string code = in.required_text(key);
  const auto currency = core::Currency::from_alpha(code);
  if (!code.empty() && !currency) in.refuse(key, "must be an ISO 4217 code such as USD");
  return currency;
}

recon::Tolerance read_tolerance(TableReader& in) {
  return {read_minor(in, "tolerance_minor"), read_percent(in, "tolerance_percent")};
}

void refuse_present(TableReader& in, std::initializer_list<std::string_view> keys,
                    const std::string& message) {
  for (const std::string_view key : keys) {
    if (in.has(key)) in.refuse(key, message);
  }
}

}  // namespace authd
