#include "store/state/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace authd::store {

core::Result<StateLock, StateLock::Failure> StateLock::take(
    const std::filesystem::path& directory) {
  const int fd = ::open((directory / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return core::Unexpected{Failure{false, errno}};
  StateLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  return core::Unexpected{Failure{errno == EWOULDBLOCK, errno}};
}

StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace authd::store
