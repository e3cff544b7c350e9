// Placeholders: names in braces that stand for a value, "{code}". A name is letters, digits, '_'
// and
// '-'; any other brace stands for itself, as JSON needs it.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace authd::referral {

struct Placeholder {
  std::string_view name;
  std::string_view value;
};

// Values are written as they are and never looked through again: "{code}" in a value stays.
// Placeholders of other names stay as well.
std::string fill(std::string_view text, std::span<const Placeholder> values);

// The first placeholder that is none of `names`, without its braces.
std::optional<std::string_view> unknown_placeholder(std::string_view text,
                                                    std::span<const std::string_view> names);

bool has_placeholder(std::string_view text, std::string_view name);

// Texts of invitations: {name} and {code} are the inviter's.
std::string fill_template(std::string_view body, std::string_view name, std::string_view code);

// What is wrong with a text of invitations; nothing: it is right.
std::optional<std::string> check_template(std::string_view body);

}  // namespace authd::referral
