// The bytes of version 1, as they were first written. A change that fails here makes existing
// journals unreadable.

#include <fstream>
#include <sstream>

#include "tests/journal/world.h"

namespace authd::store {
namespace {

// A file of hexadecimal digits; '#' begins a comment.
ByteVector golden(const std::string& file_name) {
  std::ifstream file(std::string(AUTHD_TEST_DATA) + "/journal/golden/" + file_name);
  EXPECT_TRUE(file) << file_name;
  ByteVector bytes;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string word;
    while (words >> word) {
      for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(word.substr(i, 2), nullptr, 16)));
      }
    }
  }
  return bytes;
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned>(bytes[i]);
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
    text += i % 32 == 31 ? '\n' : (i % 8 == 7 ? ' ' : '\0');
    if (text.back() == '\0') text.pop_back();
  }
  return text;
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = {
      {.sequence = 1,
       .kind = 1,
       .version = 1,
       .at = 1'700'000'000'000'001,
       .payload = payload(1, 11)},
      {.sequence = 2, .kind = 2, .version = 1, .at = 1'700'000'000'000'002, .payload = {}},
      {.sequence = 3, .kind = 0xFFFE, .version = 9, .at = -1, .payload = payload(3, 16)}};
  return all;
}

TEST(JournalFormat, IsWrittenAsTheGoldenBytes) {
  World world;
  const auto journal = world.must_open();
  for (const Entry& entry : entries()) {
    ASSERT_TRUE(journal->append(entry.kind, entry.version, {entry.at}, entry.payload));
    if (entry.sequence == 2) continue;  // batches {1} and {2, 3}
    ASSERT_TRUE(journal->flush());
  }
  const ByteVector expected = golden("segment-v1.hex");
  ByteVector actual = world.disk.content(world.path(1));
  ASSERT_EQ(actual.size(), segment_bytes_min);
  EXPECT_TRUE(is_zero(std::span(actual).subspan(expected.size())));
  actual.resize(journal->durable().position().offset);
  EXPECT_EQ(actual, expected) << hexadecimal(actual);
}

TEST(JournalFormat, IsReadFromTheGoldenBytes) {
  World world;
  ByteVector segment = golden("segment-v1.hex");
  segment.resize(segment_bytes_min);
  world.disk.put(world.path(1), segment);
  const auto journal = world.must_open();
  EXPECT_EQ(world.replayed, entries());
  EXPECT_EQ(journal->recovered().batches, 2U);
  EXPECT_EQ(journal->recovered().torn_bytes, 0U);
  EXPECT_EQ(journal->next_sequence().value, 4U);
}

}  // namespace
}  // namespace authd::store
