// StateLock: one process at a time uses a state directory.
//
// flock on a file of the directory: released by the kernel however the process ends.

#pragma once

#include <filesystem>
#include <utility>

#include "core/result.h"

namespace authd::store {

class StateLock {
 public:
  struct Failure {
    bool in_use = false;   // another process holds it
    int system_error = 0;  // otherwise
  };

  // Does not wait.
  static core::Result<StateLock, Failure> take(const std::filesystem::path& directory);

  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;  // -1 once it was moved
};

}  // namespace authd::store
