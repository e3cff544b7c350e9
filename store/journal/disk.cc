#include "store/journal/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;

Unexpected<Errno> last_error() { return Unexpected{Errno{errno}}; }

class PosixFile final : public File {
 public:
  explicit PosixFile(int descriptor) : descriptor_(descriptor) {}
  // What matters was synced before: close has nothing to say that anyone could act on.
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<std::size_t, Errno> read(std::span<std::byte> into, std::uint64_t offset) override {
    const auto count = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0) return last_error();
    return static_cast<std::size_t>(count);
  }

  Result<std::size_t, Errno> write(std::span<const std::byte> from, std::uint64_t offset) override {
    const auto count = ::pwrite(descriptor_, from.data(), from.size(), static_cast<off_t>(offset));
    if (count < 0) return last_error();
    return static_cast<std::size_t>(count);
  }

  Result<void, Errno> sync_data() override {
    if (::fdatasync(descriptor_) != 0) return last_error();
    return {};
  }

  Result<std::uint64_t, Errno> size() override {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return last_error();
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  int descriptor_;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY | O_CLOEXEC;
    case OpenMode::read_write: return O_RDWR | O_CLOEXEC;
    case OpenMode::create: return O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
  }
  return O_RDONLY | O_CLOEXEC;
}

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>, Errno> open(const std::string& path, OpenMode mode) override {
    const int descriptor = ::open(path.c_str(), open_flags(mode), 0640);
    if (descriptor < 0) return last_error();
    return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor));
  }

  Result<std::vector<std::string>, Errno> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (!stream) return last_error();
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* const entry = ::readdir(stream.get())) names.emplace_back(entry->d_name);
    if (errno != 0) return last_error();
    return names;
  }

  Result<void, Errno> rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) return last_error();
    return {};
  }

  Result<void, Errno> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return last_error();
    return {};
  }

  Result<void, Errno> sync_directory(const std::string& directory) override {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return last_error();
    const PosixFile closes_it(descriptor);
    if (::fsync(descriptor) != 0) return last_error();
    return {};
  }
};

}  // namespace

Disk& posix_disk() noexcept {
  static PosixDisk disk;
  return disk;
}

Result<std::size_t, Errno> read_full(File& file, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = file.read(into.subspan(done), offset + done);
    if (!count) {
      if (count.error().value == EINTR) continue;
      return Unexpected{count.error()};
    }
    if (*count == 0) break;
    done += *count;
  }
  return done;
}

Result<void, Errno> write_all(File& file, std::span<const std::byte> from, std::uint64_t offset) {
  while (!from.empty()) {
    const auto count = file.write(from, offset);
    if (!count) {
      if (count.error().value == EINTR) continue;
      return Unexpected{count.error()};
    }
    if (*count == 0) return Unexpected{Errno{EIO}};  // no progress and no reason: do not spin
    from = from.subspan(*count);
    offset += *count;
  }
  return {};
}

}  // namespace authd::store
