// How many SMS a text takes, by which gateways charge.
//
// Reference: 3GPP TS 23.038, section 6.2.1 (the alphabet of 7 bits and its extension), and TS
// 23.040, section 9.2.3.24.1 (parts of a longer text, which begin with 6 bytes of their own).

#pragma once

#include <cstdint>
#include <string_view>

namespace authd::referral {

enum class SmsAlphabet : std::uint8_t {
  gsm_7 = 1,  // 160 characters, or 153 in each of several parts; those of the extension count twice
  ucs_2 = 2,  // 70 units of UTF-16, or 67
};

struct SmsSize {
  SmsAlphabet alphabet = SmsAlphabet::gsm_7;
  int units = 0;
  int segments = 1;
};

// `text`: UTF-8; what is not counts as U+FFFD. A character is never split between two parts.
SmsSize sms_size(std::string_view text);

}  // namespace authd::referral
