#include "authd/recon/engine/run_file.h"

#include <filesystem>
#include <system_error>

namespace authd::recon {

namespace fs = std::filesystem;
using core::Unexpected;

core::Result<std::string, std::string> locate_file(const PendingRun& run,
                                                   const Supplier& supplier) {
  if (!run.file_path.empty()) return run.file_path;
  const std::string& name = run.file_name;
  if (supplier.directory.empty()) {
    return Unexpected{"the supplier has no directory in which " + name + " could lie"};
  }
  const bool is_plain = !name.empty() && name != "." && name != ".." &&
                        name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (!is_plain) return Unexpected{name + ": not the plain name of a file"};

  std::error_code failed;
  const fs::path directory = fs::canonical(supplier.directory, failed);
  if (failed) return Unexpected{supplier.directory.string() + ": " + failed.message()};
  const fs::path file = fs::canonical(directory / name, failed);
  if (failed) return Unexpected{(directory / name).string() + ": " + failed.message()};
  const fs::path inside = file.lexically_relative(directory);
  if (inside.empty() || *inside.begin() == "..") {
    return Unexpected{name + ": a link that leaves the supplier's directory"};
  }
  const bool is_regular = fs::is_regular_file(file, failed);
  if (failed) return Unexpected{file.string() + ": " + failed.message()};
  if (!is_regular) return Unexpected{file.string() + ": not a regular file"};
  return file.string();
}

}  // namespace authd::recon
