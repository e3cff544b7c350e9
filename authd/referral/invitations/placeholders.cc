#include "authd/referral/invitations/placeholders.h"

#include <algorithm>
#include <array>

namespace authd::referral {

namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

struct Piece {
  std::string_view text;  // before the placeholder
  std::string_view name;  // empty: there is none any more
};

// Takes one placeholder and what stands before it off the front.
Piece next_piece(std::string_view& rest) {
  for (std::size_t open = rest.find('{'); open != std::string_view::npos;
       open = rest.find('{', open + 1)) {
    const std::size_t close = rest.find_first_not_of(name_characters, open + 1);
    if (close == std::string_view::npos) break;
    if (rest[close] != '}' || close == open + 1) continue;
    const Piece piece{rest.substr(0, open), rest.substr(open + 1, close - open - 1)};
    rest.remove_prefix(close + 1);
    return piece;
  }
  const Piece piece{rest, {}};
  rest = {};
  return piece;
}

template <class Seen>
void for_each_placeholder(std::string_view text, Seen seen) {
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    if (!piece.name.empty()) seen(piece.name);
  }
}

}  // namespace

std::string fill(std::string_view text, std::span<const Placeholder> values) {
  std::string filled;
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    filled += piece.text;
    if (piece.name.empty()) continue;
    const auto found = std::find_if(values.begin(), values.end(), [&piece](const Placeholder& one) {
      return one.name == piece.name;
    });
    filled +=
        found == values.end() ? "{" + std::string(piece.name) + "}" : std::string(found->value);
  }
  return filled;
}

std::optional<std::string_view> unknown_placeholder(std::string_view text,
                                                    std::span<const std::string_view> names) {
  std::optional<std::string_view> unknown;
  for_each_placeholder(text, [&](std::string_view name) {
    if (!unknown && std::find(names.begin(), names.end(), name) == names.end()) unknown = name;
  });
  return unknown;
}

bool has_placeholder(std::string_view text, std::string_view name) {
  bool has = false;
  for_each_placeholder(text, [&](std::string_view one) { has = has || one == name; });
  return has;
}

std::string fill_template(std::string_view body, std::string_view name, std::string_view code) {
  const std::array<Placeholder, 2> values{Placeholder{"name", name}, Placeholder{"code", code}};
  return fill(body, values);
}

std::optional<std::string> check_template(std::string_view body) {
  constexpr std::array<std::string_view, 2> names{"name", "code"};
  if (const auto unknown = unknown_placeholder(body, names))
    return "nothing stands for {" + std::string(*unknown) + "}: there are {name} and {code}";
  if (!has_placeholder(body, "code")) return "{code} is missing";
  return std::nullopt;
}

}  // namespace authd::referral
