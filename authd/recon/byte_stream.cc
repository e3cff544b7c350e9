#include "authd/recon/byte_stream.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

namespace authd::recon {

using core::Unexpected;

std::string_view name(StreamErrorKind kind) noexcept {
  switch (kind) {
    case StreamErrorKind::cannot_open: return "cannot be opened";
    case StreamErrorKind::cannot_read: return "cannot be read";
    case StreamErrorKind::file_too_large: return "is larger than files may be";
    case StreamErrorKind::inflated_too_large: return "unfolds to more than files may";
    case StreamErrorKind::inflates_too_well: return "unfolds to suspiciously many bytes";
    case StreamErrorKind::gzip_damaged: return "is damaged gzip";
    case StreamErrorKind::gzip_truncated: return "is gzip that ends too early";
    case StreamErrorKind::no_memory: return "needs memory that there is not";
  }
  return "unknown";
}

std::string to_hex(const Sha256& digest) {
  constexpr std::string_view digits("0123456789abcdef");
  std::string text;
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 0x0FU];
  }
  return text;
}

// One allocation that never moves: zlib keeps pointers into its own z_stream.
class ByteStream::Impl {
 public:
  Impl(int descriptor, const StreamLimits& limits)
      : descriptor_(descriptor), limits_(limits), in_(chunk_bytes) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (is_gzip_) inflateEnd(&zlib_);
    ::close(descriptor_);
  }

  core::Result<void, StreamError> begin() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return failed(StreamErrorKind::cannot_read, errno);
    if (S_ISREG(status.st_mode)) total_ = static_cast<std::uint64_t>(status.st_size);
    if (total_ > limits_.file_bytes_max) return failed(StreamErrorKind::file_too_large);
    if (!digest_ || EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr) != 1) {
      return failed(StreamErrorKind::no_memory);
    }
    AUTHD_TRY_VOID(fill());
    if (!limits_.is_inflated || available_ < 2 || in_[0] != 0x1F || in_[1] != 0x8B) return {};
    constexpr int gzip_window_bits = 15 + 16;  // zlib.h, inflateInit2
    if (inflateInit2(&zlib_, gzip_window_bits) != Z_OK) return failed(StreamErrorKind::no_memory);
    is_gzip_ = true;
    out_.resize(chunk_bytes);
    return {};
  }

  core::Result<std::string_view, StreamError> next() {
    if (is_gzip_) return inflated();
    if (is_handed_out_) AUTHD_TRY_VOID(fill());
    is_handed_out_ = true;
    return std::string_view(reinterpret_cast<const char*>(in_.data()), available_);
  }

  Sha256 sha256() {
    AUTHD_ASSERT(is_at_end_);
    if (!sha256_) {
      sha256_.emplace();
      const int done = EVP_DigestFinal_ex(digest_.get(), sha256_->data(), nullptr);
      AUTHD_ASSERT(done == 1);
    }
    return *sha256_;
  }

  std::uint64_t bytes_read() const noexcept { return read_; }
  std::uint64_t bytes_total() const noexcept { return total_; }
  bool is_gzip() const noexcept { return is_gzip_; }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };

  Unexpected<StreamError> failed(StreamErrorKind kind, int error_number = 0) const {
    return Unexpected{StreamError{kind, read_, error_number}};
  }

  // Fills `in_`, completely unless the file ends.
  core::Result<void, StreamError> fill() {
    available_ = 0;
    while (available_ < in_.size() && !is_at_end_) {
      const ssize_t count = ::read(descriptor_, in_.data() + available_, in_.size() - available_);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed(StreamErrorKind::cannot_read, errno);
      if (count == 0) is_at_end_ = true;
      available_ += static_cast<std::size_t>(count);
      read_ += static_cast<std::uint64_t>(count);
    }
    if (read_ > limits_.file_bytes_max) return failed(StreamErrorKind::file_too_large);
    if (EVP_DigestUpdate(digest_.get(), in_.data(), available_) != 1) {
      return failed(StreamErrorKind::no_memory);
    }
    zlib_.next_in = in_.data();
    zlib_.avail_in = static_cast<uInt>(available_);
    return {};
  }

  core::Result<std::string_view, StreamError> inflated() {
    zlib_.next_out = out_.data();
    zlib_.avail_out = static_cast<uInt>(out_.size());
    while (zlib_.avail_out > 0) {
      if (zlib_.avail_in == 0) AUTHD_TRY_VOID(fill());
      if (!is_inside_member_) {
        if (zlib_.avail_in == 0) break;
        if (inflateReset(&zlib_) != Z_OK) return failed(StreamErrorKind::gzip_damaged);
        is_inside_member_ = true;
      }
      // Also without input: what did not fit into the last chunk may still wait inside zlib.
      const int code = ::inflate(&zlib_, Z_NO_FLUSH);
      if (code == Z_BUF_ERROR) return failed(StreamErrorKind::gzip_truncated);
      if (code == Z_MEM_ERROR) return failed(StreamErrorKind::no_memory);
      if (code != Z_OK && code != Z_STREAM_END) return failed(StreamErrorKind::gzip_damaged);
      if (code == Z_STREAM_END) is_inside_member_ = false;
    }
    const std::size_t count = out_.size() - zlib_.avail_out;
    inflated_ += count;
    if (inflated_ > limits_.inflated_bytes_max) return failed(StreamErrorKind::inflated_too_large);
    // What was read but not used yet does not excuse what has unfolded from the rest.
    const std::uint64_t used = read_ - zlib_.avail_in;
    constexpr std::uint64_t ratio_from_bytes = std::uint64_t{1} << 20;
    if (inflated_ > ratio_from_bytes && inflated_ / limits_.inflated_ratio_max > used) {
      return failed(StreamErrorKind::inflates_too_well);
    }
    return std::string_view(reinterpret_cast<const char*>(out_.data()), count);
  }

  int descriptor_;
  StreamLimits limits_;
  std::vector<unsigned char> in_;
  std::size_t available_ = 0;
  std::vector<unsigned char> out_;  // of gzip alone
  z_stream zlib_{};
  std::unique_ptr<EVP_MD_CTX, Free> digest_{EVP_MD_CTX_new()};
  std::optional<Sha256> sha256_;
  std::uint64_t read_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t inflated_ = 0;
  bool is_gzip_ = false;
  bool is_inside_member_ = false;
  bool is_handed_out_ = false;  // the chunk that begin() has read
  bool is_at_end_ = false;
};

ByteStream::ByteStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;
ByteStream::~ByteStream() = default;

core::Result<ByteStream, StreamError> ByteStream::open(const std::filesystem::path& file,
                                                       const StreamLimits& limits) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return Unexpected{StreamError{StreamErrorKind::cannot_open, 0, errno}};
  }
  auto impl = std::make_unique<Impl>(descriptor, limits);
  AUTHD_TRY_VOID(impl->begin());
  return ByteStream(std::move(impl));
}

core::Result<std::string_view, StreamError> ByteStream::next() { return impl_->next(); }
std::uint64_t ByteStream::bytes_read() const noexcept { return impl_->bytes_read(); }
std::uint64_t ByteStream::bytes_total() const noexcept { return impl_->bytes_total(); }
bool ByteStream::is_gzip() const noexcept { return impl_->is_gzip(); }
Sha256 ByteStream::sha256() const { return impl_->sha256(); }

}  // namespace authd::recon
