#include "authd/processors/signature_encoding.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

// The bytes, or nothing.
std::optional<std::string> decoded(Encoding encoding, std::string_view text) {
  const auto bytes = decode(encoding, text);
  if (!bytes) return std::nullopt;
  return std::string(bytes->view().begin(), bytes->view().end());
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(SignatureEncoding, GivesBackEveryByteAtEveryLength) {
  const std::string bytes = all_bytes();
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(bytes.size() - size);
    EXPECT_EQ(decoded(Encoding::hex, test::hex(part)), part) << size;
    EXPECT_EQ(decoded(Encoding::base64, test::base64(part)), part) << size;
  }
}

TEST(SignatureEncoding, TakesHexInEitherCaseAndNothingElse) {
  EXPECT_EQ(decoded(Encoding::hex, "aBcDeF09"), "\xAB\xCD\xEF\x09");
  for (const std::string_view text : {"", "0", "012", "0g", "g0", "0x", " 00", "00 ", "0 ", "/0",
                                      ":0", "@0", "G0", "`0", "0\xFF", "==", "00\n0"}) {
    EXPECT_EQ(decoded(Encoding::hex, text), std::nullopt) << text;
  }
  const std::string_view odd = std::string_view("abcd").substr(0, 3);  // more digits lie behind it
  EXPECT_EQ(decoded(Encoding::hex, odd), std::nullopt);
}

TEST(SignatureEncoding, TakesTheCanonicalBase64AndNothingElse) {
  EXPECT_EQ(decoded(Encoding::base64, "QQ=="), "A");
  EXPECT_EQ(decoded(Encoding::base64, "+/+/"), "\xFB\xFF\xBF");
  for (const std::string_view text :
       {"",       "Q",     "QQ",    "QQ=",          "QQ===",        "QR==",
        "QUF=",   "====",  "Q===",  "=QQ=",         "Q=Q=",         "QQ==QQ==",
        "QQ==\n", "QQ== ", " QQ==", "\n\n\n\nQQ==", "QQ==\n\n\n\n", "QQ\n==",
        "Q Q=",   "-_-_",  "QQ=A",  "QUFB====",     "\xC3\x84==",   "QUF-"}) {
    EXPECT_EQ(decoded(Encoding::base64, text), std::nullopt) << text;
  }
  EXPECT_EQ(decoded(Encoding::base64, std::string_view("QQ\0\0", 4)), std::nullopt);
}

TEST(SignatureEncoding, TakesUpTo512Bytes) {
  EXPECT_EQ(decoded(Encoding::hex, std::string(1'024, 'a')), std::string(512, '\xAA'));
  EXPECT_EQ(decoded(Encoding::hex, std::string(1'026, 'a')), std::nullopt);
  EXPECT_EQ(decoded(Encoding::base64, std::string(680, 'A')), std::string(510, '\0'));
  EXPECT_EQ(decoded(Encoding::base64, std::string(684, 'A')), std::nullopt);
  EXPECT_EQ(decoded(Encoding::base64, std::string(65'536, 'A')), std::nullopt);
}

}  // namespace
}  // namespace authd::processors
