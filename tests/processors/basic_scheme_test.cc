#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "authd/processors/authentication_schemes.h"
#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

using test::base64;

constexpr std::size_t pair_bytes_max = 510;

class Basic {
 public:
  Basic(const std::vector<std::string>& passwords, std::string_view user)
      : scheme_(*basic_scheme(user, passwords)) {}

  bool accepts(std::string_view authorization) const {
    const test::HeadFields head{{{"Authorization", std::string(authorization)}}};
    return scheme_->check({Fields(head), "", {}}).has_value();
  }

 private:
  SchemePointer scheme_;
};

Basic credentials(const std::vector<std::string>& passwords, std::string_view user = "heron") {
  return {passwords, user};
}

SchemeError refusal(std::string_view user, const std::vector<std::string>& passwords) {
  return basic_scheme(user, passwords).error();
}

TEST(BasicScheme, AcceptTheExampleOfTheStandard) {  // RFC 7617, section 2
  EXPECT_TRUE(
      credentials({"open sesame"}, "Aladdin").accepts("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

TEST(BasicScheme, AcceptBothPasswordsWhileTheyRotate) {
  const auto both = credentials({"new", "old"});
  EXPECT_TRUE(both.accepts("Basic " + base64("heron:new")));
  EXPECT_TRUE(both.accepts("Basic " + base64("heron:old")));
  const auto one = credentials({"new"});
  EXPECT_TRUE(one.accepts("Basic " + base64("heron:new")));
  EXPECT_FALSE(one.accepts("Basic " + base64("heron:old")));
}

TEST(BasicScheme, RefuseAnyOtherPair) {
  const auto both = credentials({"secret", "older"});
  for (const std::string_view pair :
       {"heron:secreT", "heron:secre", "heron:secret ", "heron:secrets", "Heron:secret",
        "heron:", "heron", ":secret", "", ":", "heronsecret", "heron:secret:", "heron:older\n",
        "older:secret"}) {
    EXPECT_FALSE(both.accepts("Basic " + base64(pair))) << pair;
  }
  EXPECT_FALSE(both.accepts("Basic " + base64(std::string_view("heron:secret\0", 13))));
}

TEST(BasicScheme, KeepColonsAndAnyBytesOfAPassword) {
  EXPECT_TRUE(credentials({"a:b:c"}).accepts("Basic " + base64("heron:a:b:c")));
  EXPECT_TRUE(credentials({"p\xC3\xA4ss"}).accepts("Basic " + base64("heron:p\xC3\xA4ss")));
}

TEST(BasicScheme, TakeTheSchemeInAnyCaseAndMoreThanOneSpace) {
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

TEST(BasicScheme, DecodeOnlyCanonicalBase64) {
  const auto one = credentials({"pw"}, "u");  // "u:pw": dTpwdw==
  ASSERT_TRUE(one.accepts("Basic dTpwdw=="));
  for (const std::string_view token :
       {"dTpwdw", "dTpwdw=", "dTpwdw===", "dTpwdx==", "dTpwdw==\n",
        "dTpwdw== ", "dTp wdw==", "dTpw\ndw==", "dTpwdw==dTpwdw==", "dTpwdw==!",
        "=dTpwdw=", "dTpw-w==", "dTpwd_==", "dTpwd===", "====", "=", "dTpwdw==,x"}) {
    EXPECT_FALSE(one.accepts("Basic " + std::string(token))) << token;
  }
}

TEST(BasicScheme, DecodeEveryLengthUpToTheLongest) {
  for (std::size_t size = 1; size <= pair_bytes_max - 2; ++size) {
    std::string password(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      password[i] = static_cast<char>(0x21 + (i * 7 + size) % 0x5E);
    EXPECT_TRUE(credentials({password}, "u").accepts("Basic " + base64("u:" + password))) << size;
  }
  const std::string longer(pair_bytes_max - 1, 'p');
  EXPECT_EQ(refusal("u", {longer}), SchemeError::too_long);
  EXPECT_FALSE(credentials({"pw"}, "u").accepts("Basic " + base64("u:" + longer)));
  EXPECT_FALSE(credentials({"pw"}, "u").accepts("Basic " + std::string(65536, 'A')));
}

TEST(BasicScheme, AreNotMadeFromUnusableConfiguration) {
  EXPECT_EQ(refusal("", {"pw"}), SchemeError::blank_user);
  EXPECT_EQ(refusal("  ", {"pw"}), SchemeError::blank_user);
  EXPECT_EQ(refusal("u", {""}), SchemeError::blank_secret);
  EXPECT_EQ(refusal("u", {"pw", "  "}), SchemeError::blank_secret);
  EXPECT_EQ(refusal("u", {}), SchemeError::no_secret);
  EXPECT_EQ(refusal("u", {"a", "b", "c"}), SchemeError::too_many_secrets);
  EXPECT_EQ(refusal("u:v", {"pw"}), SchemeError::colon_in_user);
  EXPECT_EQ(refusal("u", {"pw\n"}), SchemeError::control_character);
  EXPECT_EQ(refusal("u\x7F", {"pw"}), SchemeError::control_character);
}

}  // namespace
}  // namespace authd::processors
