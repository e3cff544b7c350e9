#include "authd/referral/invitations/segments.h"

#include <gtest/gtest.h>

#include <string>

namespace authd::referral {
namespace {

std::string times(int count, const std::string& text) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

void expect(const std::string& text, SmsAlphabet alphabet, int units, int segments) {
  const SmsSize size = sms_size(text);
  EXPECT_EQ(size.alphabet, alphabet) << text;
  EXPECT_EQ(size.units, units) << text;
  EXPECT_EQ(size.segments, segments) << text;
}

constexpr auto gsm_7 = SmsAlphabet::gsm_7;
constexpr auto ucs_2 = SmsAlphabet::ucs_2;

TEST(SmsSize, Counts160Or153CharactersOf7Bits) {
  expect("", gsm_7, 0, 1);
  expect(times(160, "a"), gsm_7, 160, 1);
  expect(times(161, "a"), gsm_7, 161, 2);
  expect(times(306, "a"), gsm_7, 306, 2);
  expect(times(307, "a"), gsm_7, 307, 3);
  expect(times(160, "é"), gsm_7, 160, 1);
  expect("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¡ÄÖÑÜ§¿äöñüà", gsm_7, 44, 1);
}

TEST(SmsSize, CountsTheExtensionTwiceAndDoesNotSplitIt) {
  expect("^{}\\[~]|€\f", gsm_7, 20, 1);
  expect(times(80, "€"), gsm_7, 160, 1);
  expect(times(81, "€"), gsm_7, 162, 2);
  expect(times(152, "a") + "€" + times(152, "a"), gsm_7, 306, 3);  // 152, € and 151, 1
}

TEST(SmsSize, Counts70Or67UnitsOfUtf16) {
  expect("c", gsm_7, 1, 1);
  expect("ç", ucs_2, 1, 1);  // Ç is in the alphabet, ç is not
  expect("`", ucs_2, 1, 1);
  expect(times(70, "я"), ucs_2, 70, 1);
  expect(times(71, "я"), ucs_2, 71, 2);
  expect(times(134, "я"), ucs_2, 134, 2);
  expect(times(135, "я"), ucs_2, 135, 3);
}

TEST(SmsSize, CountsEmojiTwiceAndDoesNotSplitThem) {
  expect("😀", ucs_2, 2, 1);
  expect(times(35, "😀"), ucs_2, 70, 1);
  expect(times(36, "😀"), ucs_2, 72, 2);
  expect(times(66, "я") + "😀" + times(66, "я"), ucs_2, 134, 3);
}

TEST(SmsSize, TakesAnyBytes) {
  for (const char* const text : {"\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\x80", "\xC3\x28"}) {
    EXPECT_EQ(sms_size(text).alphabet, ucs_2);
  }
  expect(std::string("a\0b", 3), ucs_2, 3, 1);
}

}  // namespace
}  // namespace authd::referral
