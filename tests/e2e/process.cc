#include "tests/e2e/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/store/temporary_directory.h"

namespace authd::test {

namespace {

// Between fork and exec, in the child: only calls that are safe after a fork of many threads.
[[noreturn]] void become(char* const* arguments, const std::array<int, 3>& standard) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 0; i < 3; ++i) {
    if (dup2(standard.at(static_cast<std::size_t>(i)), i) < 0) _exit(126);
  }
  execvp(arguments[0], arguments);
  _exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& out,
                 const std::filesystem::path& err) {
  std::vector<std::string> copies = arguments;
  std::vector<char*> pointers;
  for (std::string& copy : copies) pointers.push_back(copy.data());
  pointers.push_back(nullptr);
  constexpr int to_write = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const std::array<int, 3> standard{open("/dev/null", O_RDONLY | O_CLOEXEC),
                                    open(out.c_str(), to_write, 0600),
                                    open(err.c_str(), to_write, 0600)};
  pid_ = fork();
  if (pid_ == 0) become(pointers.data(), standard);
  for (const int descriptor : standard) close(descriptor);
  if (pid_ < 0) std::abort();
  // Not pidfd_open(): the header of glibc 2.36 forgets C++.
  ended_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (ended_ < 0) std::abort();
}

Process::~Process() {
  signal(SIGKILL);
  if (!wait(std::chrono::seconds(30))) std::abort();  // the kernel does not let it go
  close(ended_);
}

void Process::signal(int number) {
  if (!code_) kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::seconds deadline) {
  if (code_) return code_;
  pollfd ended{ended_, POLLIN, 0};
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(deadline);
  if (poll(&ended, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) std::abort();
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_;
}

Finished run(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  const auto err = directory.path() / "err";
  Process process(arguments, out, err);
  if (!process.wait(std::chrono::seconds(60))) process.signal(SIGKILL);
  const int code = process.wait(std::chrono::seconds(30)).value_or(-1);
  return {code, read_file(out), read_file(err)};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace authd::test
