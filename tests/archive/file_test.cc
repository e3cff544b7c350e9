#include "store/archive/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/store/temporary_directory.h"

namespace authd::test {
namespace {

using Code = store::ArchiveError::Code;
namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void put(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

store::Archived<store::FileFacts> write(const fs::path& path, const std::string& text) {
  AUTHD_TRY(writer, store::GzipWriter::create(path));
  AUTHD_TRY_VOID(writer.write(text.substr(0, text.size() / 3)));
  AUTHD_TRY_VOID(writer.write(text.substr(text.size() / 3)));
  return writer.finish();
}

store::Archived<store::FileFacts> read(const fs::path& path, std::string& text) {
  return store::read_gzip(path, [&text](std::string_view plain) {
    text += plain;
    return true;
  });
}

std::string random_text(std::size_t size) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return text;
}

class GzipFile : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  const fs::path path_ = directory_.path() / "deep" / "er" / "file.gz";
};

TEST_F(GzipFile, IsReadAsItWasWritten) {
  for (const std::size_t size : {0U, 1U, 100U, 65'536U, 65'537U, 1'000'000U}) {
    const std::string text = random_text(size);
    const auto written = write(path_, text);
    ASSERT_TRUE(written);
    EXPECT_EQ(written->plain_bytes, static_cast<std::int64_t>(size));
    EXPECT_EQ(written->gzip_bytes, static_cast<std::int64_t>(fs::file_size(path_)));
    std::string found;
    const auto facts = read(path_, found);
    ASSERT_TRUE(facts);
    EXPECT_EQ(found, text);
    EXPECT_EQ(*facts, *written);
    EXPECT_FALSE(fs::exists(path_.string() + ".partial"));
  }
}

TEST_F(GzipFile, SaysTheShaOfWhatIsWritten) {
  const auto written = write(path_, "abc");  // FIPS 180-2, appendix B.1
  ASSERT_TRUE(written);
  EXPECT_EQ(written->plain_sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(GzipFile, IsOneThatGzipReads) {
  ASSERT_TRUE(write(path_, random_text(200'000)));
  EXPECT_EQ(std::system(("gzip -t " + path_.string()).c_str()), 0);
}

TEST_F(GzipFile, NeverPassesWhenAnyByteIsAnother) {
  const auto written = write(path_, "the rows of a month\n");
  ASSERT_TRUE(written);
  const std::string good = bytes_of(path_);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    put(path_, bad);
    std::string found;
    const auto facts = read(path_, found);
    EXPECT_FALSE(facts && *facts == *written) << i;
  }
}

TEST_F(GzipFile, RefusesEveryPartOfItselfAndMore) {
  ASSERT_TRUE(write(path_, "the rows of a month\n"));
  const std::string good = bytes_of(path_);
  std::string found;
  for (std::size_t size = 0; size < good.size(); ++size) {
    put(path_, good.substr(0, size));
    const auto facts = read(path_, found);
    ASSERT_FALSE(facts) << size;
    EXPECT_EQ(facts.error().code, Code::corrupt) << size;
  }
  put(path_, good + "x");
  EXPECT_FALSE(read(path_, found));
  put(path_, good + std::string(100'000, 'x'));
  EXPECT_FALSE(read(path_, found));
}

TEST_F(GzipFile, IsMissedByName) {
  std::string found;
  const auto facts = read(path_, found);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::missing);
  EXPECT_EQ(facts.error().path, path_);
}

TEST_F(GzipFile, KeepsTheOldOneUntilTheNewOneIsComplete) {
  ASSERT_TRUE(write(path_, "old"));
  auto writer = store::GzipWriter::create(path_);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->write("new"));
  std::string found;
  ASSERT_TRUE(read(path_, found));
  EXPECT_EQ(found, "old");
  ASSERT_TRUE(writer->finish());
  found.clear();
  ASSERT_TRUE(read(path_, found));
  EXPECT_EQ(found, "new");
}

TEST_F(GzipFile, SaysWhyItCannotBeWritten) {
  const auto nowhere = store::GzipWriter::create("/proc/nowhere/file.gz");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Code::file);
  EXPECT_NE(nowhere.error().system_error, 0);

  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{4096, old.rlim_max};
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto full = write(path_, random_text(100'000));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::file);
  EXPECT_EQ(full.error().system_error, EFBIG);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(GzipFile, IsRemovedOnce) {
  ASSERT_TRUE(write(path_, "x"));
  EXPECT_TRUE(store::remove_durably(path_));
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(store::remove_durably(path_));
}

TEST_F(GzipFile, TextIsReplacedAsAWhole) {
  const std::string text = random_text(10'000);
  ASSERT_TRUE(store::write_durably(path_, "first"));
  ASSERT_TRUE(store::write_durably(path_, text));
  EXPECT_EQ(*store::read_text(path_), text);
}

}  // namespace
}  // namespace authd::test
