#include "authd/net/read_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace authd::net {
namespace {

constexpr std::size_t small_bytes = 16;

void receive(ReadBuffer& buffer, std::string_view bytes) {
  const auto room = buffer.prepare(buffer.unread().size() + bytes.size());
  ASSERT_GE(room.size(), bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  buffer.commit(bytes.size());
}

TEST(ReadBuffer, KeepsWhatIsNotConsumed) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, "first second");
  buffer.consume(6);
  EXPECT_EQ(buffer.unread(), "second");
}

TEST(ReadBuffer, OffersAllOfItsRoomWhenEmpty) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, "0123456789");
  buffer.consume(10);
  EXPECT_EQ(buffer.prepare(1).size(), small_bytes);
}

TEST(ReadBuffer, MovesUnreadBytesToTheFrontBeforeItGrows) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, "0123456789abcdef");
  buffer.consume(12);
  receive(buffer, "ghijklmnopqr");  // 4 + 12 just fit
  EXPECT_EQ(buffer.unread(), "cdefghijklmnopqr");
  buffer.consume(1);
  EXPECT_EQ(buffer.prepare(16).size(), 1U);
}

TEST(ReadBuffer, GrowsToWhatIsWantedAndKeepsTheBytes) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, "0123456789abcdef");
  receive(buffer, std::string(1000, 'x'));
  EXPECT_EQ(buffer.unread(), "0123456789abcdef" + std::string(1000, 'x'));
}

TEST(ReadBuffer, IsSmallAgainOnceItIsEmpty) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, std::string(1000, 'x'));
  buffer.consume(1000);
  EXPECT_EQ(buffer.prepare(1).size(), small_bytes);
}

// Under AddressSanitizer a byte outside of the allocation ends the test.
TEST(ReadBuffer, CanBeReadBeyondItsLastByte) {
  ReadBuffer buffer(small_bytes);
  receive(buffer, std::string(small_bytes, 'x'));
  const char* const end = buffer.unread().data() + buffer.unread().size();
  int sum = 0;
  for (std::size_t i = 0; i < ReadBuffer::padding; ++i) sum += end[i];
  EXPECT_EQ(sum, 0);  // fresh memory is zero
}

}  // namespace
}  // namespace authd::net
