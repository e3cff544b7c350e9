// Spool: files that are uploaded in pieces.
//
//   <folder>/<run>.part   what has come until now
//   <folder>/<run>        the whole file, flushed to the disk, name included
//
// How much has come is known by whoever acknowledged it: pieces behind that were not acknowledged
// are written over. Nothing of an upload need survive a power cut before publish().
//
// Threads: any, one at a time for each run. Errors: errno.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "authd/api/api_key.h"
#include "core/result.h"

namespace authd::api {

class Spool {
 public:
  // Made with the first piece when it is missing.
  explicit Spool(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Appended {
    bool done = false;
    std::uint64_t size = 0;  // present: with the piece when it is done, else where it must begin
  };
  // Not done unless `at` is the present size: `acknowledged` bytes, or fewer if they were lost.
  core::Result<Appended, int> append(std::int64_t run, std::uint64_t acknowledged, std::uint64_t at,
                                     std::string_view piece) const;

  struct Whole {
    std::uint64_t size = 0;
    Digest sha256{};
  };
  // Reads all of it: seconds for some gigabytes. ENOENT: nothing has come.
  core::Result<Whole, int> measure(std::int64_t run) const;

  // Once it returns the file is at path_of() whatever happens. May be repeated.
  core::Result<void, int> publish(std::int64_t run) const;
  std::filesystem::path path_of(std::int64_t run) const;  // absolute

  void discard(std::int64_t run) const;  // whatever there is of it

 private:
  std::filesystem::path part_of(std::int64_t run) const;
  std::filesystem::path whole_of(std::int64_t run) const;

  const std::filesystem::path folder_;
};

}  // namespace authd::api
