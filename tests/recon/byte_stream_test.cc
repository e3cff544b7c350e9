// A supplier's file as bytes: plain or gzip, within bounds.

#include "authd/recon/byte_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <random>

#include "files.h"

namespace authd::recon {
namespace {

struct Streamed {
  std::string bytes;
  std::optional<StreamError> error;
  std::string sha256;
};

Streamed stream(std::string_view content, const StreamLimits& limits = {}) {
  const TemporaryFile file(content);
  Streamed streamed;
  auto opened = ByteStream::open(file.path(), limits);
  if (!opened) {
    streamed.error = opened.error();
    return streamed;
  }
  for (;;) {
    const auto chunk = opened->next();
    if (!chunk) {
      streamed.error = chunk.error();
      return streamed;
    }
    EXPECT_LE(chunk->size(), ByteStream::chunk_bytes);
    if (chunk->empty()) break;
    streamed.bytes += *chunk;
  }
  EXPECT_EQ(opened->bytes_read(), content.size());
  EXPECT_EQ(opened->bytes_total(), content.size());
  streamed.sha256 = to_hex(opened->sha256());
  EXPECT_EQ(to_hex(opened->sha256()), streamed.sha256);  // as often as one likes
  return streamed;
}

std::string random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  bytes[0] = 'x';
  return bytes;
}

StreamErrorKind kind_of(const Streamed& streamed) {
  return streamed.error ? streamed.error->kind : StreamErrorKind{};
}

TEST(ByteStream, GivesThePlainBytes) {
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 200'000U}) {
    const std::string content = size == 0 ? "" : random_bytes(size);
    const Streamed streamed = stream(content);
    EXPECT_FALSE(streamed.error);
    EXPECT_EQ(streamed.bytes, content) << size;
  }
}

TEST(ByteStream, HashesTheFileAsStored) {
  // FIPS 180-4's example.
  EXPECT_EQ(stream("abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string compressed = gzip("abc");
  EXPECT_NE(stream(compressed).sha256, stream("abc").sha256);
}

TEST(ByteStream, UnfoldsGzip) {
  for (const std::size_t size : {1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    const std::string content = random_bytes(size);
    const Streamed streamed = stream(gzip(content));
    EXPECT_FALSE(streamed.error) << size;
    EXPECT_EQ(streamed.bytes, content) << size;
  }
  EXPECT_EQ(stream(gzip("")).bytes, "");
}

TEST(ByteStream, UnfoldsWhatStillWaitsWhenTheInputIsUsedUp) {
  // 300 KiB out of a few hundred bytes: the last chunks come out without any input left.
  const std::string content(300'000, 'a');
  const Streamed streamed = stream(gzip(content));
  EXPECT_FALSE(streamed.error);
  EXPECT_EQ(streamed.bytes, content);
}

TEST(ByteStream, UnfoldsMembersOneBehindTheOther) {
  EXPECT_EQ(stream(gzip("one,") + gzip("") + gzip("two")).bytes, "one,two");
}

TEST(ByteStream, RefusesGzipThatEndsTooEarly) {
  const std::string whole = gzip(random_bytes(100'000));
  for (const std::size_t size : {3U, 11U, 50'000U}) {
    EXPECT_EQ(kind_of(stream(std::string_view(whole).substr(0, size))),
              StreamErrorKind::gzip_truncated)
        << size;
  }
  EXPECT_EQ(kind_of(stream(std::string_view(whole).substr(0, whole.size() - 1))),
            StreamErrorKind::gzip_truncated);
}

TEST(ByteStream, RefusesDamagedGzip) {
  std::string damaged = gzip(random_bytes(100'000));
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // its CRC
  EXPECT_EQ(kind_of(stream(damaged)), StreamErrorKind::gzip_damaged);
  EXPECT_EQ(kind_of(stream("\x1F\x8Bzip?............")), StreamErrorKind::gzip_damaged);
  EXPECT_EQ(kind_of(stream(gzip("a,b\n") + "more")), StreamErrorKind::gzip_damaged);
}

TEST(ByteStream, TakesAFileUpToItsLimit) {
  StreamLimits limits;
  limits.file_bytes_max = 1'000;
  EXPECT_FALSE(stream(random_bytes(1'000), limits).error);
  EXPECT_EQ(kind_of(stream(random_bytes(1'001), limits)), StreamErrorKind::file_too_large);
}

TEST(ByteStream, UnfoldsUpToItsLimit) {
  StreamLimits limits;
  limits.inflated_bytes_max = 200'000;
  EXPECT_FALSE(stream(gzip(random_bytes(200'000)), limits).error);
  EXPECT_EQ(kind_of(stream(gzip(random_bytes(200'001)), limits)),
            StreamErrorKind::inflated_too_large);
}

TEST(ByteStream, GivesUpABombAfterItsFirstMegabytes) {
  const std::string bomb = gzip(std::string(std::size_t{64} << 20U, '\0'));
  EXPECT_LT(bomb.size(), 100'000U);
  const Streamed streamed = stream(bomb);
  EXPECT_EQ(kind_of(streamed), StreamErrorKind::inflates_too_well);
  EXPECT_LT(streamed.bytes.size(), std::size_t{20} << 20U);
  StreamLimits limits;
  limits.inflated_ratio_max = 2'000;
  EXPECT_FALSE(stream(bomb, limits).error);
}

TEST(ByteStream, SaysWhyAFileCannotBeRead) {
  const auto missing = ByteStream::open("/nonexistent/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, StreamErrorKind::cannot_open);
  EXPECT_EQ(missing.error().error_number, ENOENT);
  const auto folder = ByteStream::open("/tmp");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, StreamErrorKind::cannot_read);
  EXPECT_EQ(folder.error().error_number, EISDIR);
}

}  // namespace
}  // namespace authd::recon
