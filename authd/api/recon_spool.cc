#include "authd/api/recon_spool.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace authd::api {

namespace {

namespace fs = std::filesystem;
using core::Unexpected;

class File {
 public:
  static core::Result<File, int> open(const fs::path& path, int flags) {
    constexpr mode_t owner_alone = 0600;
    const int number = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, owner_alone);
    if (number < 0) return Unexpected{errno};
    return File(number);
  }
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }

  core::Result<std::uint64_t, int> size() const {
    struct stat status {};
    if (::fstat(number_, &status) != 0) return Unexpected{errno};
    return static_cast<std::uint64_t>(status.st_size);
  }
  core::Result<void, int> cut(std::uint64_t size) const {
    if (::ftruncate(number_, static_cast<off_t>(size)) != 0) return Unexpected{errno};
    return {};
  }
  core::Result<void, int> write(std::uint64_t at, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(number_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return Unexpected{count == 0 ? ENOSPC : errno};
      bytes.remove_prefix(static_cast<std::size_t>(count));
      at += static_cast<std::uint64_t>(count);
    }
    return {};
  }
  core::Result<std::size_t, int> read(std::vector<unsigned char>& buffer) const {
    ssize_t count = 0;
    do {
      count = ::read(number_, buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return Unexpected{errno};
    return static_cast<std::size_t>(count);
  }
  core::Result<void, int> flush() const {
    if (::fsync(number_) != 0) return Unexpected{errno};
    return {};
  }

 private:
  explicit File(int number) : number_(number) {}
  int number_;
};

core::Result<Digest, int> digest_of(const File& file) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1) {
    return Unexpected{ENOMEM};
  }
  constexpr std::size_t buffer_bytes = std::size_t{1} << 20U;
  std::vector<unsigned char> buffer(buffer_bytes);
  for (;;) {
    AUTHD_TRY(count, file.read(buffer));
    if (count == 0) break;
    if (EVP_DigestUpdate(hash.get(), buffer.data(), count) != 1) return Unexpected{EIO};
  }
  Digest digest{};
  unsigned int size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_DigestFinal_ex(hash.get(), out, &size) != 1) return Unexpected{EIO};
  return digest;
}

core::Result<File, int> open_part(const fs::path& path) {
  auto file = File::open(path, O_RDWR | O_CREAT);
  if (file || file.error() != ENOENT) return file;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  return File::open(path, O_RDWR | O_CREAT);
}

}  // namespace

fs::path Spool::part_of(std::int64_t run) const {
  return folder_ / (std::to_string(run) + ".part");
}
fs::path Spool::whole_of(std::int64_t run) const { return folder_ / std::to_string(run); }

core::Result<Spool::Appended, int> Spool::append(std::int64_t run, std::uint64_t acknowledged,
                                                 std::uint64_t at, std::string_view piece) const {
  AUTHD_TRY(file, open_part(part_of(run)));
  AUTHD_TRY(size, file.size());
  const std::uint64_t present = std::min(size, acknowledged);
  if (at != present) return Appended{false, present};
  AUTHD_TRY_VOID(file.cut(present));
  const auto written = file.write(present, piece);
  if (!written) {
    // Room for others; if that fails as well, the next piece is written over it.
    static_cast<void>(file.cut(present));
    return Unexpected{written.error()};
  }
  return Appended{true, present + piece.size()};
}

core::Result<Spool::Whole, int> Spool::measure(std::int64_t run) const {
  // There is no part after a publish() of which the run did not come to hear.
  const bool is_part = ::access(part_of(run).c_str(), F_OK) == 0;
  AUTHD_TRY(file, File::open(is_part ? part_of(run) : whole_of(run), O_RDONLY));
  AUTHD_TRY(size, file.size());
  AUTHD_TRY(digest, digest_of(file));
  return Whole{size, digest};
}

core::Result<void, int> Spool::publish(std::int64_t run) const {
  const auto part = File::open(part_of(run), O_RDWR);
  if (!part && part.error() != ENOENT) return Unexpected{part.error()};
  if (part) {
    AUTHD_TRY_VOID(part->flush());
    if (::rename(part_of(run).c_str(), whole_of(run).c_str()) != 0) return Unexpected{errno};
  } else if (::access(whole_of(run).c_str(), F_OK) != 0) {
    return Unexpected{errno};
  }
  AUTHD_TRY(folder, File::open(folder_ / ".", O_RDONLY | O_DIRECTORY));
  return folder.flush();
}

fs::path Spool::path_of(std::int64_t run) const {
  std::error_code error;
  fs::path path = fs::absolute(whole_of(run), error);
  return error ? whole_of(run) : path;
}

void Spool::discard(std::int64_t run) const {
  ::unlink(part_of(run).c_str());
  ::unlink(whole_of(run).c_str());
}

}  // namespace authd::api
