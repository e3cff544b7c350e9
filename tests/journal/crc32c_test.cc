#include "store/journal/crc32c.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <vector>

namespace authd::store {
namespace {

using Block = std::array<unsigned char, 32>;

std::uint32_t of(const Block& block) { return crc32c(std::as_bytes(std::span(block))); }

// Bit by bit, from the reflected polynomial.
std::uint32_t slow(std::span<const std::byte> bytes) {
  std::uint32_t state = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      state = (state >> 1U) ^ ((state & 1U) != 0 ? 0x82F63B78U : 0U);
    }
  }
  return ~state;
}

TEST(Crc32c, GivesTheVectorsOfRfc3720) {
  Block block{};
  EXPECT_EQ(of(block), 0x8a9136aaU);
  block.fill(0xFF);
  EXPECT_EQ(of(block), 0x62a8ab43U);
  std::iota(block.begin(), block.end(), static_cast<unsigned char>(0));
  EXPECT_EQ(of(block), 0x46dd794eU);
  std::reverse(block.begin(), block.end());
  EXPECT_EQ(of(block), 0x113fdb5cU);
  EXPECT_EQ(crc32c(std::as_bytes(std::span(std::string_view("123456789")))), 0xe3069283U);
}

TEST(Crc32c, OfNothingIsZero) { EXPECT_EQ(crc32c({}), 0U); }

TEST(Crc32c, AgreesWithTheDefinitionAtEveryLength) {
  std::vector<std::byte> bytes(1100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + i / 9);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    ASSERT_EQ(crc32c(std::span(bytes).first(size)), slow(std::span(bytes).first(size))) << size;
  }
}

TEST(Crc32c, GoesOnFromTheChecksumOfTheBytesBefore) {
  const auto text = std::as_bytes(std::span(std::string_view("one after the other")));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(text.subspan(cut), crc32c(text.first(cut))), crc32c(text));
  }
}

}  // namespace
}  // namespace authd::store
