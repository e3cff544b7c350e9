#include "authd/processors/basic_credentials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace authd::processors {
namespace {

BasicCredentials credentials(const std::vector<std::string>& passwords,
                             std::string_view user = "heron") {
  return *BasicCredentials::create(user, passwords);
}

CredentialsError refusal(std::string_view user, const std::vector<std::string>& passwords) {
  return BasicCredentials::create(user, passwords).error();
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    const std::size_t characters = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t j = 0; j < 4; ++j) {
      text += j < characters ? alphabet[group >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

TEST(BasicCredentials, AcceptTheExampleOfTheStandard) {  // RFC 7617, section 2
  EXPECT_TRUE(
      credentials({"open sesame"}, "Aladdin").accepts("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

TEST(BasicCredentials, AcceptBothPasswordsWhileTheyRotate) {
  const auto both = credentials({"new", "old"});
  EXPECT_TRUE(both.accepts("Basic " + base64("heron:new")));
  EXPECT_TRUE(both.accepts("Basic " + base64("heron:old")));
  const auto one = credentials({"new"});
  EXPECT_TRUE(one.accepts("Basic " + base64("heron:new")));
  EXPECT_FALSE(one.accepts("Basic " + base64("heron:old")));
}

TEST(BasicCredentials, RefuseAnyOtherPair) {
  const auto both = credentials({"secret", "older"});
  for (const std::string_view pair :
       {"heron:secreT", "heron:secre", "heron:secret ", "heron:secrets", "Heron:secret",
        "heron:", "heron", ":secret", "", ":", "heronsecret", "heron:secret:", "heron:older\n",
        "older:secret"}) {
    EXPECT_FALSE(both.accepts("Basic " + base64(pair))) << pair;
  }
  EXPECT_FALSE(both.accepts("Basic " + base64(std::string_view("heron:secret\0", 13))));
}

TEST(BasicCredentials, KeepColonsAndAnyBytesOfAPassword) {
  EXPECT_TRUE(credentials({"a:b:c"}).accepts("Basic " + base64("heron:a:b:c")));
  EXPECT_TRUE(credentials({"p\xC3\xA4ss"}).accepts("Basic " + base64("heron:p\xC3\xA4ss")));
}

TEST(BasicCredentials, TakeTheSchemeInAnyCaseAndMoreThanOneSpace) {
  const auto one = credentials({"new"});
  const std::string token = base64("heron:new");
  for (const std::string_view scheme : {"Basic ", "basic ", "BASIC ", "bAsIc ", "Basic   "}) {
    EXPECT_TRUE(one.accepts(std::string(scheme) + token)) << scheme;
  }
  for (const std::string_view scheme : {"", " Basic ", "Basic", "Basic\t", "Basi ", "Basics ",
                                        "Bearer ", "Basic,", "Basic Basic "}) {
    EXPECT_FALSE(one.accepts(std::string(scheme) + token)) << scheme;
  }
  for (const std::string_view header : {"", "Basic", "Basic ", "Basic    ", "B"}) {
    EXPECT_FALSE(one.accepts(header)) << header;
  }
}

TEST(BasicCredentials, DecodeOnlyCanonicalBase64) {
  const auto one = credentials({"pw"}, "u");  // "u:pw": dTpwdw==
  ASSERT_TRUE(one.accepts("Basic dTpwdw=="));
  for (const std::string_view token :
       {"dTpwdw", "dTpwdw=", "dTpwdw===", "dTpwdx==", "dTpwdw==\n",
        "dTpwdw== ", "dTp wdw==", "dTpw\ndw==", "dTpwdw==dTpwdw==", "dTpwdw==!",
        "=dTpwdw=", "dTpw-w==", "dTpwd_==", "dTpwd===", "====", "=", "dTpwdw==,x"}) {
    EXPECT_FALSE(one.accepts("Basic " + std::string(token))) << token;
  }
}

TEST(BasicCredentials, DecodeEveryLengthUpToTheLongest) {
  for (std::size_t size = 1; size <= BasicCredentials::bytes_max - 2; ++size) {
    std::string password(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      password[i] = static_cast<char>(0x21 + (i * 7 + size) % 0x5E);
    EXPECT_TRUE(credentials({password}, "u").accepts("Basic " + base64("u:" + password))) << size;
  }
  const std::string longer(BasicCredentials::bytes_max - 1, 'p');
  EXPECT_EQ(refusal("u", {longer}), CredentialsError::too_long);
  EXPECT_FALSE(credentials({"pw"}, "u").accepts("Basic " + base64("u:" + longer)));
  EXPECT_FALSE(credentials({"pw"}, "u").accepts("Basic " + std::string(65536, 'A')));
}

TEST(BasicCredentials, AreNotMadeFromUnusableConfiguration) {
  EXPECT_EQ(refusal("", {"pw"}), CredentialsError::blank_user);
  EXPECT_EQ(refusal("  ", {"pw"}), CredentialsError::blank_user);
  EXPECT_EQ(refusal("u", {""}), CredentialsError::blank_password);
  EXPECT_EQ(refusal("u", {"pw", "  "}), CredentialsError::blank_password);
  EXPECT_EQ(refusal("u", {}), CredentialsError::no_password);
  EXPECT_EQ(refusal("u", {"a", "b", "c"}), CredentialsError::too_many_passwords);
  EXPECT_EQ(refusal("u:v", {"pw"}), CredentialsError::colon_in_user);
  EXPECT_EQ(refusal("u", {"pw\n"}), CredentialsError::control_character);
  EXPECT_EQ(refusal("u\x7F", {"pw"}), CredentialsError::control_character);
}

}  // namespace
}  // namespace authd::processors
