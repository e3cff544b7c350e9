#include "store/format/bytes.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/store/hex.h"

namespace authd::store {
namespace {

constexpr std::uint64_t all_bits = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

template <class Write>
std::vector<std::byte> written(Write write) {
  std::vector<std::byte> bytes;
  Encoder out(bytes);
  write(out);
  const Bytes all = out.written_from(0);
  return {all.begin(), all.end()};
}

std::string varint(std::uint64_t value) {
  return hex(written([value](Encoder& out) { out.varint(value); }));
}
std::string zigzag(std::int64_t value) {
  return hex(written([value](Encoder& out) { out.zigzag(value); }));
}

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> result;
  for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

TEST(Bytes, AVarintHasSevenBitsAByte) {
  EXPECT_EQ(varint(0), "00");
  EXPECT_EQ(varint(127), "7f");
  EXPECT_EQ(varint(128), "8001");
  EXPECT_EQ(varint(16'383), "ff7f");
  EXPECT_EQ(varint(16'384), "808001");
  EXPECT_EQ(varint(all_bits), "ffffffffffffffffff01");
}

TEST(Bytes, AZigzagIsShortOnBothSidesOfZero) {
  EXPECT_EQ(zigzag(0), "00");
  EXPECT_EQ(zigzag(-1), "01");
  EXPECT_EQ(zigzag(63), "7e");
  EXPECT_EQ(zigzag(-64), "7f");
  EXPECT_EQ(zigzag(64), "8001");
  EXPECT_EQ(zigzag(greatest), "feffffffffffffffff01");
  EXPECT_EQ(zigzag(smallest), "ffffffffffffffffff01");
}

TEST(Bytes, ReadsBackEveryWidth) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t value : {(std::uint64_t{1} << shift) - 1, std::uint64_t{1} << shift}) {
      const auto number = static_cast<std::int64_t>(value);
      const auto negated = static_cast<std::int64_t>(0 - value);
      const auto all = written([&](Encoder& out) {
        out.varint(value);
        out.zigzag(number);
        out.zigzag(negated);
        out.delta(all_bits - 5, value);
      });
      Decoder in(all);
      EXPECT_EQ(in.varint(), value);
      EXPECT_EQ(in.zigzag(), number);
      EXPECT_EQ(in.zigzag(), negated);
      EXPECT_EQ(in.delta(all_bits - 5), value);
      EXPECT_TRUE(in.at_end());
    }
  }
}

TEST(Bytes, OnlyTheShortestVarintIsOne) {
  EXPECT_EQ(Decoder(bytes({0x00})).varint(), 0U);
  for (const auto& longer : {bytes({0x80, 0x00}), bytes({0xFF, 0x00}), bytes({0x80, 0x80, 0x00})}) {
    Decoder in(longer);
    EXPECT_EQ(in.varint(), 0U);
    EXPECT_FALSE(in.ok());
  }
}

TEST(Bytes, AVarintOfMoreThan64BitsIsNone) {
  std::vector<std::byte> tenth(10, std::byte{0xFF});
  tenth.back() = std::byte{0x02};
  Decoder too_large(tenth);
  too_large.varint();
  EXPECT_FALSE(too_large.ok());

  std::vector<std::byte> eleventh(11, std::byte{0x80});
  eleventh.back() = std::byte{0x01};
  Decoder too_long(eleventh);
  too_long.varint();
  EXPECT_FALSE(too_long.ok());
}

TEST(Bytes, ANumberThatDoesNotFitItsTypeIsNone) {
  const auto just = written([](Encoder& out) {
    out.varint(0xFFFF);
    out.zigzag(std::numeric_limits<std::int32_t>::min());
  });
  Decoder in(just);
  EXPECT_EQ(in.varint<std::uint16_t>(), 0xFFFF);
  EXPECT_EQ(in.zigzag<std::int32_t>(), std::numeric_limits<std::int32_t>::min());
  EXPECT_TRUE(in.at_end());

  const auto beyond = written([](Encoder& out) { out.varint(0x10000); });
  Decoder unsigned_in(beyond);
  unsigned_in.varint<std::uint16_t>();
  EXPECT_FALSE(unsigned_in.ok());
  for (const std::int64_t value : {std::int64_t{1} << 31, -(std::int64_t{1} << 31) - 1}) {
    const auto signed_beyond = written([value](Encoder& out) { out.zigzag(value); });
    Decoder signed_in(signed_beyond);
    signed_in.zigzag<std::int32_t>();
    EXPECT_FALSE(signed_in.ok());
  }
}

TEST(Bytes, AFlagIsZeroOrOne) {
  EXPECT_TRUE(Decoder(bytes({1})).flag());
  EXPECT_FALSE(Decoder(bytes({0})).flag());
  const auto two = bytes({2});
  Decoder in(two);
  in.flag();
  EXPECT_FALSE(in.ok());
}

TEST(Bytes, ReadsPastTheEndAreZerosAndFail) {
  const auto one = bytes({0x80});
  Decoder in(one);
  EXPECT_EQ(in.varint(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.number<std::uint64_t>(), 0U);
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.optional(), std::nullopt);
  EXPECT_FALSE(in.at_end());
}

TEST(Bytes, AnEncoderAppendsAndLeavesNothingBehindItsEnd) {
  std::vector<std::byte> all = bytes({0xAA});
  {
    Encoder out(all);
    out.number(std::uint16_t{0x0102});
    out.text("xy");
    out.patch(1, std::uint16_t{0x0304});
    EXPECT_EQ(out.size(), 6U);
  }
  EXPECT_EQ(hex(all), "aa0403027879");
  {
    Encoder out(all);
    for (int i = 0; i < 5'000; ++i) out.number(std::uint8_t{7});
  }
  EXPECT_EQ(all.size(), 5'006U);
  EXPECT_EQ(all.back(), std::byte{7});
}

}  // namespace
}  // namespace authd::store
