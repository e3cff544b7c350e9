// A process that is killed, at every step and in between.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

using store::Archive;

class Killed : public ArchiveTest {
 protected:
  // A run of its own process, with a connection of its own; killed at the step of that number, or
  // after a time. Whether it came to its end.
  bool ends(const std::function<store::Archived<>(Archive&)>& work, int step,
            std::chrono::microseconds time) {
    const pid_t child = fork();
    if (child == 0) {
      auto connection = store::Connection::connect({.conninfo = conninfo()});
      if (!connection) _exit(2);
      store::ArchiveOptions options = due();
      int steps = 0;
      options.progress = [&](const store::ArchiveProgress&) {
        if (++steps == step) raise(SIGKILL);
      };
      auto archive = Archive::open(*connection, options);
      _exit(archive && work(*archive) ? 0 : 3);
    }
    if (step == 0) {
      std::this_thread::sleep_for(time);
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    await_unlocked();
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      return true;
    }
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    return false;
  }

  // The server notices a lost client, and what it was asked to do before is over.
  void await_unlocked() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < deadline) {
      if (Archive::open(*connection_, due())) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << "the lock was not let go";
  }

  // Three months leave, two of them for files.
  store::ArchiveOptions due() const {
    store::ArchiveOptions options = this->options();
    options.hot_months = 18;
    options.warm_months = 19;
    return options;
  }

  void expect_at_the_end() {
    EXPECT_TRUE(run(due()).empty());
    EXPECT_EQ(tables_of(month(18), "authd_archive"), 4);
    EXPECT_EQ(tables_of(month(19), "authd_archive"), 0);
    EXPECT_EQ(files(month(19)).size(), 4U);
    EXPECT_EQ(files(month(20)).size(), 4U);
    expect_all_there();
  }
};

store::Archived<> run_it(Archive& archive) {
  AUTHD_TRY_VOID(archive.run());
  return {};
}

TEST_F(Killed, AtEveryStepAnotherRunGoesOn) {
  int kills = 0;
  for (int step = 1; !ends(run_it, step, {}); ++step) {
    ++kills;
    expect_all_there();
  }
  EXPECT_GE(kills, 10);
  expect_at_the_end();
}

TEST_F(Killed, AtAnyMomentAnotherRunGoesOn) {
  for (int time_us = 2'000; !ends(run_it, 0, std::chrono::microseconds(time_us));
       time_us += 1'700) {
    expect_all_there();
  }
  expect_at_the_end();
}

TEST_F(Killed, WhileAMonthIsRestoredAnotherRestoreGoesOn) {
  run(due());
  const auto restore = [this](Archive& archive) { return archive.restore(month(20)); };
  int kills = 0;
  for (int step = 1; tables_of(month(20), "authd_archive") < 4; ++step) {
    ends(restore, step, {});
    ++kills;
    expect_all_there();
  }
  EXPECT_GE(kills, 6);
}

TEST_F(Killed, WhileFilesAreDeletedTheRestFollows) {
  run(due());
  store::ArchiveOptions old = due();
  old.delete_after_months = 20;
  for (const store::ArchiveFile& file : files(month(20))) {  // as if killed after the first
    std::filesystem::remove(old.directory / file.path);
    break;
  }
  run(old);
  for (const store::ArchiveFile& file : files(month(20))) {
    EXPECT_TRUE(file.deleted);
    EXPECT_FALSE(std::filesystem::exists(old.directory / file.path));
  }
}

}  // namespace
}  // namespace authd::test
