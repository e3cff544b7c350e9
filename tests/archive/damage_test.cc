#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

using store::Archive;
using store::ArchiveStep;
using Code = store::ArchiveError::Code;
namespace fs = std::filesystem;

void flip_byte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 1));
}

void flip_a_byte(const fs::path& path) { flip_byte(path, fs::file_size(path) / 2); }

class Damage : public ArchiveTest {
 protected:
  fs::path path_of(int age, const std::string& table) {
    return options().directory / table / (table + "_" + month(age).suffix() + ".csv.gz");
  }

  // What verify() says is wrong, as "code path".
  std::vector<std::string> wrong(const store::ArchiveOptions& options,
                                 std::optional<store::Month> month = {}) {
    auto archive = Archive::open(*connection_, options);
    const auto findings = archive->verify(month);
    std::vector<std::string> list;
    if (!findings) return {"refused"};
    for (const store::ArchiveFinding& finding : *findings) {
      if (!finding.wrong) continue;
      EXPECT_EQ(finding.wrong->path, finding.path);
      list.push_back(std::to_string(static_cast<int>(finding.wrong->code)) + " " +
                     finding.path.filename().string());
    }
    return list;
  }

  void expect_not_restored(int age, Code code) {
    auto archive = Archive::open(*connection_, options());
    const auto restored = archive->restore(month(age));
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, code);
    EXPECT_EQ(tables_of(month(age), "authd_archive"), 0);
    for (const store::ArchiveFile& file : files(month(age))) EXPECT_TRUE(file.dropped);
  }
};

TEST_F(Damage, IsFoundAndKeepsAMonthFromBeingRestored) {
  run(options());
  EXPECT_TRUE(wrong(options()).empty());
  flip_a_byte(path_of(12, "posting"));
  fs::resize_file(path_of(13, "decision"), fs::file_size(path_of(13, "decision")) - 1);
  fs::remove(path_of(14, "event"));
  fs::resize_file(path_of(15, "journal_entry"), 0);
  std::ofstream(options().directory / "manifest" / (month(16).text() + ".json"), std::ios::app)
      << " ";
  fs::remove(options().directory / "manifest" / (month(17).text() + ".json"));
  fs::copy_file(path_of(18, "decision"), path_of(19, "decision"),
                fs::copy_options::overwrite_existing);
  flip_byte(path_of(18, "event"), 4);  // the time in gzip's header: what it holds is the same
  const std::vector<std::string> expected{"7 decision_" + month(19).suffix() + ".csv.gz",
                                          "7 event_" + month(18).suffix() + ".csv.gz",
                                          "6 " + month(17).text() + ".json",
                                          "7 " + month(16).text() + ".json",
                                          "7 journal_entry_" + month(15).suffix() + ".csv.gz",
                                          "6 event_" + month(14).suffix() + ".csv.gz",
                                          "7 decision_" + month(13).suffix() + ".csv.gz",
                                          "7 posting_" + month(12).suffix() + ".csv.gz"};
  EXPECT_EQ(wrong(options()), expected);
  EXPECT_EQ(wrong(options(), month(12)).size(), 1U);
  EXPECT_TRUE(wrong(options(), month(20)).empty());
  EXPECT_EQ(wrong(options(), month(3)), std::vector<std::string>{"refused"});
  for (const int age : {12, 13, 15, 19}) expect_not_restored(age, Code::corrupt);
  expect_not_restored(14, Code::missing);
}

// The file is gzip and CSV, and its own checksums fit: only the rows are others.
TEST_F(Damage, OfTheManifestKeepsRowsFromBeingTaken) {
  run(options());
  ASSERT_TRUE(connection_->exec(
      "UPDATE authd.archive_file SET row_digest = '1' WHERE history_table = 'event'"));
  expect_not_restored(12, Code::corrupt);
}

TEST_F(Damage, MayNotBeWhereFilesMayBeElsewhere) {
  run(options());
  fs::remove(path_of(13, "posting"));
  fs::remove(path_of(12, "posting"));
  flip_a_byte(path_of(14, "posting"));
  store::ArchiveOptions options = this->options();
  options.cold_months = 13;
  const std::vector<std::string> expected{"7 posting_" + month(14).suffix() + ".csv.gz",
                                          "6 posting_" + month(12).suffix() + ".csv.gz"};
  EXPECT_EQ(wrong(options), expected);
  options.delete_after_months = 13;  // files that are elsewhere do not hold that up
  run(options);
  EXPECT_TRUE(files(month(13))[0].deleted);
}

// Every check between writing a file and dropping its rows, one after the other.
TEST_F(Damage, BeforeTheDropLosesNothing) {
  store::ArchiveOptions options = this->options();
  options.warm_months = 20;
  bool damaged = false;
  options.progress = [&](const store::ArchiveProgress& progress) {
    if (damaged || progress.step != ArchiveStep::checking || progress.table != "event" ||
        progress.rows != 0)
      return;
    damaged = true;
    flip_a_byte(path_of(20, "event"));
  };
  {
    auto archive = Archive::open(*connection_, options);
    const auto ran = archive->run();
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().code, Code::corrupt);
    EXPECT_EQ(ran.error().path, path_of(20, "event"));
  }
  EXPECT_TRUE(damaged);
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 4);
  expect_all_there();
  EXPECT_EQ(refusals(run(options)), "");  // the file is written anew
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 0);
  expect_all_there();
}

TEST_F(Damage, ToFilesOfARunThatBrokeOffMakesThemBeWrittenAnew) {
  store::ArchiveOptions options = this->options();
  options.warm_months = 20;
  options.progress = [&](const store::ArchiveProgress& progress) {
    if (progress.step != ArchiveStep::comparing) return;
    EXPECT_FALSE(connection_->exec("SELECT pg_terminate_backend(pg_backend_pid())"));
  };
  {
    auto archive = Archive::open(*connection_, options);
    ASSERT_FALSE(archive->run());
  }
  connection_ = std::make_unique<store::Connection>(connect());
  ASSERT_EQ(files(month(20)).size(), 4U);
  const auto decision = fs::last_write_time(path_of(20, "decision"));
  flip_a_byte(path_of(20, "posting"));
  fs::remove(path_of(20, "event"));
  options.progress = [](const store::ArchiveProgress&) {};
  run(options);
  EXPECT_EQ(fs::last_write_time(path_of(20, "decision")), decision);  // this one was in order
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 0);
  expect_all_there();
}

TEST_F(Damage, ByAFullDiskLosesNothing) {
  store::ArchiveOptions options = this->options();
  options.warm_months = 20;
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{2048, old.rlim_max};
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    auto archive = Archive::open(*connection_, options);
    const auto ran = archive->run();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    std::signal(SIGXFSZ, ignored);
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().code, Code::file);
    EXPECT_EQ(ran.error().system_error, EFBIG);
  }
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 4);
  expect_all_there();
  run(options);
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 0);
  expect_all_there();
}

}  // namespace
}  // namespace authd::test
