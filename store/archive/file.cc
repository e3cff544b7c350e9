#include "store/archive/file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <vector>

namespace authd::store {

namespace {

using core::Unexpected;
namespace fs = std::filesystem;

constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;
constexpr int gzip_window = 15 + 16;  // zlib.h, deflateInit2: the largest window, a gzip header
constexpr int memory_level = 8;       // zlib's default

ArchiveError system_failed(const fs::path& path, int number) {
  return {.code = ArchiveError::Code::file, .path = path, .system_error = number};
}

// errno, after an open to read.
ArchiveError not_opened(const fs::path& path) {
  if (errno == ENOENT) return {.code = ArchiveError::Code::missing, .path = path};
  return system_failed(path, errno);
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  bool is_open() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  const int fd_;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    AUTHD_ASSERT(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view bytes) {
    AUTHD_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    AUTHD_ASSERT(EVP_DigestFinal_ex(context_.get(), hash.data(), &size) == 1);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
      text += "0123456789abcdef"[hash.at(i) >> 4U];
      text += "0123456789abcdef"[hash.at(i) & 15U];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Archived<> flush_directory(const fs::path& directory) {
  const Descriptor opened(directory, O_RDONLY | O_DIRECTORY);
  if (!opened.is_open() || fsync(opened.get()) != 0) {
    return Unexpected{system_failed(directory, errno)};
  }
  return {};
}

Archived<> make_directories(const fs::path& directory) {
  std::error_code error;
  if (fs::create_directories(directory, error) && !error) {
    return flush_directory(directory.parent_path());
  }
  if (error) return Unexpected{system_failed(directory, error.value())};
  return {};
}

fs::path partial_of(const fs::path& path) { return path.string() + ".partial"; }

Archived<> publish(const fs::path& path) {
  if (rename(partial_of(path).c_str(), path.c_str()) != 0) {
    return Unexpected{system_failed(path, errno)};
  }
  return flush_directory(path.parent_path());
}

// z_stream begins with pointers that are not const, although zlib does not write through them.
Bytef* unwritten(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

struct GzipWriter::Stream {
  explicit Stream(const fs::path& target)
      : path(target), file(partial_of(target), O_WRONLY | O_CREAT | O_TRUNC) {}
  ~Stream() {
    if (deflating) deflateEnd(&zlib);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Archived<> deflate_all(std::string_view plain, int flush) {
    zlib.next_in = unwritten(plain);
    zlib.avail_in = static_cast<uInt>(plain.size());
    int status = Z_OK;
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(buffer.data());
      zlib.avail_out = static_cast<uInt>(buffer.size());
      status = deflate(&zlib, flush);
      AUTHD_ASSERT(status != Z_STREAM_ERROR);
      const std::string_view packed(buffer.data(), buffer.size() - zlib.avail_out);
      gzip_hash.add(packed);
      facts.gzip_bytes += static_cast<std::int64_t>(packed.size());
      if (const int error = write_all(file.get(), packed); error != 0) {
        return Unexpected{system_failed(path, error)};
      }
    } while (zlib.avail_out == 0);
    return {};
  }

  const fs::path path;
  const Descriptor file;
  z_stream zlib{};
  bool deflating = false;
  std::vector<char> buffer = std::vector<char>(buffer_bytes);
  Sha256 plain_hash;
  Sha256 gzip_hash;
  FileFacts facts;
};

GzipWriter::GzipWriter(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
GzipWriter::GzipWriter(GzipWriter&&) noexcept = default;
GzipWriter::~GzipWriter() = default;

Archived<GzipWriter> GzipWriter::create(const fs::path& path) {
  AUTHD_TRY_VOID(make_directories(path.parent_path()));
  auto stream = std::make_unique<Stream>(path);
  if (!stream->file.is_open()) return Unexpected{system_failed(path, errno)};
  stream->deflating = deflateInit2(&stream->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window,
                                   memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
  if (!stream->deflating) return Unexpected{system_failed(path, ENOMEM)};
  return GzipWriter(std::move(stream));
}

Archived<> GzipWriter::write(std::string_view plain) {
  stream_->plain_hash.add(plain);
  stream_->facts.plain_bytes += static_cast<std::int64_t>(plain.size());
  while (!plain.empty()) {
    const std::string_view portion = plain.substr(0, buffer_bytes);
    AUTHD_TRY_VOID(stream_->deflate_all(portion, Z_NO_FLUSH));
    plain.remove_prefix(portion.size());
  }
  return {};
}

Archived<FileFacts> GzipWriter::finish() {
  AUTHD_TRY_VOID(stream_->deflate_all({}, Z_FINISH));
  if (fsync(stream_->file.get()) != 0) return Unexpected{system_failed(stream_->path, errno)};
  AUTHD_TRY_VOID(publish(stream_->path));
  FileFacts facts = stream_->facts;
  facts.plain_sha256 = stream_->plain_hash.hexadecimal();
  facts.gzip_sha256 = stream_->gzip_hash.hexadecimal();
  return facts;
}

Archived<FileFacts> read_gzip(const fs::path& path,
                              const std::function<bool(std::string_view)>& take) {
  const ArchiveError corrupt{.code = ArchiveError::Code::corrupt, .path = path};
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) return Unexpected{not_opened(path)};
  z_stream zlib{};
  if (inflateInit2(&zlib, gzip_window) != Z_OK) return Unexpected{system_failed(path, ENOMEM)};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&zlib, inflateEnd);
  std::vector<char> in(buffer_bytes);
  std::vector<char> out(4 * buffer_bytes);
  Sha256 plain_hash;
  Sha256 gzip_hash;
  FileFacts facts;
  int status = Z_OK;
  for (;;) {
    const ssize_t got = ::read(file.get(), in.data(), in.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unexpected{system_failed(path, errno)};
    if (got == 0) break;
    if (status == Z_STREAM_END) return Unexpected{corrupt};  // something behind the end
    const std::string_view packed(in.data(), static_cast<std::size_t>(got));
    gzip_hash.add(packed);
    facts.gzip_bytes += got;
    zlib.next_in = unwritten(packed);
    zlib.avail_in = static_cast<uInt>(packed.size());
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(out.data());
      zlib.avail_out = static_cast<uInt>(out.size());
      status = inflate(&zlib, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return Unexpected{corrupt};
      }
      const std::string_view plain(out.data(), out.size() - zlib.avail_out);
      plain_hash.add(plain);
      facts.plain_bytes += static_cast<std::int64_t>(plain.size());
      if (!take(plain)) return Unexpected{corrupt};
    } while (zlib.avail_out == 0 && status != Z_STREAM_END);
    if (status == Z_STREAM_END && zlib.avail_in != 0) return Unexpected{corrupt};
  }
  if (status != Z_STREAM_END) return Unexpected{corrupt};
  facts.plain_sha256 = plain_hash.hexadecimal();
  facts.gzip_sha256 = gzip_hash.hexadecimal();
  return facts;
}

Archived<> write_durably(const fs::path& path, std::string_view text) {
  AUTHD_TRY_VOID(make_directories(path.parent_path()));
  {
    const Descriptor file(partial_of(path), O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open()) return Unexpected{system_failed(path, errno)};
    if (const int error = write_all(file.get(), text); error != 0) {
      return Unexpected{system_failed(path, error)};
    }
    if (fsync(file.get()) != 0) return Unexpected{system_failed(path, errno)};
  }
  return publish(path);
}

Archived<std::string> read_text(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open()) return Unexpected{not_opened(path)};
  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unexpected{system_failed(path, errno)};
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

Archived<> remove_durably(const fs::path& path) {
  if (unlink(path.c_str()) == 0) return flush_directory(path.parent_path());
  if (errno == ENOENT) return {};
  return Unexpected{system_failed(path, errno)};
}

}  // namespace authd::store
