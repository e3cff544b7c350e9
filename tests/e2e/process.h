// Process: a program started by a test, never left behind.
//
// The child dies with the thread that started it, and is killed and reaped by the destructor.
//
// Threads: start, wait and destroy on one that lives as long as the child.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace authd::test {

class Process {
 public:
  // `arguments` begins with the program, looked for in PATH. The outputs are written to these
  // files, from their beginning; standard input is empty.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& out,
          const std::filesystem::path& err);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number);  // nothing when it has been reaped

  // The exit code, or 128 + the signal that ended it; nothing while it still runs after `deadline`.
  std::optional<int> wait(std::chrono::seconds deadline);
  bool is_running() { return !wait(std::chrono::seconds(0)); }

 private:
  pid_t pid_ = -1;
  int ended_ = -1;  // readable when the child has ended
  std::optional<int> code_;
};

struct Finished {
  int code = -1;
  std::string out;
  std::string err;
};

// Runs a program to its end; one that takes more than a minute is killed, its code is then 137.
Finished run(const std::vector<std::string>& arguments);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace authd::test
