#include "authd/referral/invitations/segments.h"

#include <vector>

namespace authd::referral {

namespace {

constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

constexpr char32_t replacement = U'\uFFFD';

// Takes one character off the front.
char32_t next_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() < more) return replacement;
  char32_t character = first & (0x3FU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return replacement;
    character = character << 6U | (byte & 0x3FU);
  }
  text.remove_prefix(more);
  return character;
}

// 0: it has none.
int gsm_7_units(char32_t character) {
  if (basic.find(character) != std::u32string_view::npos) return 1;
  return extension.find(character) != std::u32string_view::npos ? 2 : 0;
}

int ucs_2_units(char32_t character) { return character > 0xFFFF ? 2 : 1; }

template <class UnitsOf>
SmsSize size_in(const std::vector<char32_t>& characters, SmsAlphabet alphabet, UnitsOf units_of,
                int single_max, int part_max) {
  SmsSize size{alphabet, 0, 1};
  int in_part = 0;
  int parts = 1;
  for (const char32_t character : characters) {
    const int units = units_of(character);
    size.units += units;
    if (in_part + units > part_max) {
      in_part = 0;
      ++parts;
    }
    in_part += units;
  }
  if (size.units > single_max) size.segments = parts;
  return size;
}

}  // namespace

SmsSize sms_size(std::string_view text) {
  std::vector<char32_t> characters;
  bool is_gsm_7 = true;
  while (!text.empty()) {
    characters.push_back(next_character(text));
    is_gsm_7 = is_gsm_7 && gsm_7_units(characters.back()) > 0;
  }
  return is_gsm_7 ? size_in(characters, SmsAlphabet::gsm_7, gsm_7_units, 160, 153)
                  : size_in(characters, SmsAlphabet::ucs_2, ucs_2_units, 70, 67);
}

}  // namespace authd::referral
