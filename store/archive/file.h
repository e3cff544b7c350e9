// Compressed files that are complete or not there: written under another name, flushed, renamed,
// and the directory flushed.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/archive/error.h"

namespace authd::store {

struct FileFacts {
  std::int64_t plain_bytes = 0;
  std::int64_t gzip_bytes = 0;
  std::string plain_sha256;  // in hexadecimal
  std::string gzip_sha256;
  friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

// Bytes on their way into PATH.partial. After an error the file is of no use.
class GzipWriter {
 public:
  // Makes the directories on the way, and begins anew where an earlier attempt broke off.
  static Archived<GzipWriter> create(const std::filesystem::path& path);
  GzipWriter(GzipWriter&&) noexcept;
  GzipWriter& operator=(GzipWriter&&) = delete;
  ~GzipWriter();

  Archived<> write(std::string_view plain);

  // The file is durable under PATH afterwards.
  Archived<FileFacts> finish();

 private:
  struct Stream;
  explicit GzipWriter(std::unique_ptr<Stream> stream);
  std::unique_ptr<Stream> stream_;
};

// Reads the file to its end and gives what it holds to `take`, which returns whether it will do.
// `missing`, `file` for what the system says, `corrupt` for all else.
Archived<FileFacts> read_gzip(const std::filesystem::path& path,
                              const std::function<bool(std::string_view)>& take);

// A small file as a whole: the old or the new one, never a part.
Archived<> write_durably(const std::filesystem::path& path, std::string_view text);
Archived<std::string> read_text(const std::filesystem::path& path);

// Durable, too; nothing where the file is not there.
Archived<> remove_durably(const std::filesystem::path& path);

}  // namespace authd::store
