// Disk and File: the few calls through which the journal touches the operating system.
//
// Abstract because a second implementation exists: the tests' disk, which fails, writes short and
// loses power. Paths are those of the operating system.
//
// Threads: a Disk from any; a File from one at a time. Errors: the errno of the call, nothing else.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace authd::store {

struct Errno {
  int value = 0;
};

class File {
 public:
  virtual ~File() = default;

  // One system call each: may do less than asked, and be interrupted (EINTR). See read_full,
  // write_all.
  virtual core::Result<std::size_t, Errno> read(std::span<std::byte> into,
                                                std::uint64_t offset) = 0;
  virtual core::Result<std::size_t, Errno> write(std::span<const std::byte> from,
                                                 std::uint64_t offset) = 0;

  // Everything written before is on the disk when this returns (fdatasync).
  virtual core::Result<void, Errno> sync_data() = 0;

  virtual core::Result<std::uint64_t, Errno> size() = 0;
};

enum class OpenMode : std::uint8_t {
  read = 1,
  read_write = 2,
  create = 3,  // for reading and writing; an existing file is emptied
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual core::Result<std::unique_ptr<File>, Errno> open(const std::string& path,
                                                          OpenMode mode) = 0;
  virtual core::Result<std::vector<std::string>, Errno> list(const std::string& directory) = 0;
  virtual core::Result<void, Errno> rename(const std::string& from, const std::string& to) = 0;
  virtual core::Result<void, Errno> remove(const std::string& path) = 0;

  // Names created, renamed and removed in it before are on the disk when this returns.
  virtual core::Result<void, Errno> sync_directory(const std::string& directory) = 0;
};

// The machine's own.
Disk& posix_disk() noexcept;

// Fills `into` unless the file ends before; returns how much was read.
core::Result<std::size_t, Errno> read_full(File& file, std::span<std::byte> into,
                                           std::uint64_t offset);

// Writes everything or fails; how much was written is unknown then.
core::Result<void, Errno> write_all(File& file, std::span<const std::byte> from,
                                    std::uint64_t offset);

}  // namespace authd::store
