// Files and sources that the tests of reconciliation read.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "authd/recon/reader.h"

namespace authd::recon {

// A file with this content, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string gzip(std::string_view content);

// Columns ref, at, amount; ZAR; "YYYY-MM-DD HH:mm:ss" in UTC; comma, quotes, header.
Source plain_source();
void add_column(Source& source, Field field, std::string name);

inline constexpr std::string_view plain_header = "ref,at,amount\n";
inline constexpr std::string_view plain_line = "r-1,2026-11-20 08:00:00,1.50\n";

struct Contents {
  std::vector<Line> lines;
  std::vector<BadLine> bad;
  End end;
};
// The whole file, which can be read.
Contents read_all(const std::filesystem::path& file, const Source& source);
Contents read_text(std::string_view content, const Source& source);

}  // namespace authd::recon
