#include "authd/recon/bad_line.h"

#include <array>

namespace authd::recon {

namespace {

struct Words {
  std::string_view name;
  std::string_view description;
};

// By number, from 1.
constexpr std::array<Words, reason_last> words{{
    {"nul_byte", "has a NUL byte"},
    {"line_too_long", "is longer than lines may be"},
    {"quote_inside", "has a quote inside a column that does not begin with one"},
    {"text_after_quote", "has text behind a closing quote"},
    {"quote_unclosed", "opens a quote that is never closed"},
    {"too_many_columns", "has more columns than lines may have"},
    {"column_count", "does not have the right number of columns"},
    {"encoding", "is not text in the encoding of the source"},
    {"value_missing", "is empty"},
    {"value_too_long", "is longer than it may be"},
    {"control_character", "has a control character"},
    {"amount_not_a_number", "is no decimal number"},
    {"amount_sign", "has a sign where none is expected"},
    {"amount_grouping", "has groups that are not of three digits"},
    {"amount_decimals", "has more decimals than its currency"},
    {"amount_too_large", "is too large"},
    {"direction_unknown", "is none of the words for debit and credit"},
    {"currency_unknown", "is no currency of ISO 4217"},
    {"time_format", "is not written as the source's times are"},
    {"time_not_real", "does not exist on the calendar or the clock"},
    {"status_unknown", "is no status word of the source"},
    {"after_trailer", "stands behind the trailer"},
}};

const Words& words_of(Reason reason) noexcept {
  return words.at(static_cast<std::size_t>(reason) - 1);
}

}  // namespace

std::string_view name(Reason reason) noexcept { return words_of(reason).name; }
std::string_view describe(Reason reason) noexcept { return words_of(reason).description; }

}  // namespace authd::recon
