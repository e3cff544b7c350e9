#include "authd/simulate/identifiers.h"

#include <algorithm>

#include "authd/processors/card_number.h"

namespace authd::simulate {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

bool is_uuid(std::string_view text) noexcept {
  constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char place) {
           return place == '-' ? c == '-' : is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

bool is_prefixed(std::string_view text) noexcept {
  constexpr std::size_t random_min = 16;
  const std::size_t prefix = text.find('_');
  if (prefix == 0 || prefix == std::string_view::npos) return false;
  const std::string_view random = text.substr(prefix + 1);
  return random.size() >= random_min &&
         std::all_of(text.begin(), text.end() - static_cast<std::ptrdiff_t>(random.size() + 1),
                     is_lower) &&
         std::all_of(random.begin(), random.end(),
                     [](char c) { return is_digit(c) || is_lower(c) || is_upper(c); }) &&
         std::any_of(random.begin(), random.end(), is_digit);
}

bool is_capitals_and_digits(std::string_view text) noexcept {
  constexpr std::size_t size_min = 13;
  return text.size() >= size_min &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_upper(c); }) &&
         std::any_of(text.begin(), text.end(), is_digit) &&
         std::any_of(text.begin(), text.end(), is_upper);
}

// Where the random part begins.
std::size_t prefix_size(std::string_view identifier) noexcept {
  constexpr std::size_t adyen_prefix = 2;  // PI, BA, AH
  if (is_prefixed(identifier)) return identifier.find('_') + 1;
  return is_capitals_and_digits(identifier) ? adyen_prefix : 0;
}

// FNV-1a, which is enough to tell texts apart; mixed below.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return value;
}

// SplitMix64: a stream of numbers for any beginning.
std::uint64_t next(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

char in_place_of(char c, bool is_hex, std::uint64_t random) noexcept {
  constexpr unsigned digits = 10;
  const unsigned letters = is_hex ? 6 : 26;
  const auto among = [random](unsigned count) { return static_cast<char>(random % count); };
  if (is_digit(c)) return static_cast<char>('0' + among(digits));
  if (is_lower(c)) return static_cast<char>('a' + among(letters));
  if (is_upper(c)) return static_cast<char>('A' + among(letters));
  return c;
}

}  // namespace

bool is_identifier(std::string_view text) noexcept {
  return is_uuid(text) || is_prefixed(text) || is_capitals_and_digits(text);
}

Identifiers::Identifiers(std::uint64_t seed, std::set<std::string, std::less<>> names)
    : seed_(seed), names_(std::move(names)) {}

std::string Identifiers::renewed(std::string_view identifier) const {
  constexpr std::size_t version_place = 14;
  constexpr std::size_t variant_place = 19;
  const bool uuid = is_uuid(identifier);
  std::uint64_t state = seed_;
  state = next(state) ^ hash(identifier);
  std::string made;
  do {
    made = identifier;
    for (std::size_t i = prefix_size(identifier); i < made.size(); ++i) {
      if (uuid && (i == version_place || i == variant_place)) continue;
      made[i] = in_place_of(made[i], uuid, next(state));
    }
  } while (processors::holds_card_number(made));
  return made;
}

std::string Identifiers::renewed_in(std::string_view json) const {
  std::string made;
  made.reserve(json.size());
  while (!json.empty()) {
    const std::size_t begin = json.find('"');
    if (begin == std::string_view::npos) break;
    std::size_t end = begin + 1;
    while (end < json.size() && json[end] != '"')
      end += json[end] == '\\' ? std::size_t{2} : std::size_t{1};
    end = std::min(end, json.size());
    const std::string_view text = json.substr(begin + 1, end - begin - 1);
    made += json.substr(0, begin + 1);
    made += is_identifier(text) || names_.contains(text) ? renewed(text) : std::string(text);
    json.remove_prefix(end);
    if (json.empty()) break;
    made += '"';
    json.remove_prefix(1);
  }
  made += json;
  return made;
}

}  // namespace authd::simulate
