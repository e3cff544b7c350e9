// How full a disk is.

#pragma once

#include <sys/statvfs.h>

#include <filesystem>
#include <optional>

namespace authd {

// Of the file system that `path` lies on, what df calls Use%: blocks kept for root count as neither
// used nor usable.
inline std::optional<unsigned> disk_used_percent(const std::filesystem::path& path) {
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) != 0 || disk.f_blocks == 0) return std::nullopt;
  const auto used = disk.f_blocks - disk.f_bfree;
  const auto usable = used + disk.f_bavail;
  return static_cast<unsigned>((used * 100 + usable - 1) / usable);
}

}  // namespace authd
