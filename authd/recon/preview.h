// `authd recon preview`: how a source reads the first lines of a file, before anything is matched.

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "authd/recon/reader.h"

namespace authd::recon {

// A table of the first `lines_max` lines as they were read, then those of them that were set aside
// and why. Reads no further than these lines. The text is fit for a terminal whatever the file has.
core::Result<std::string, ReadError> preview(const std::filesystem::path& file,
                                             const Source& source, std::size_t lines_max,
                                             const StreamLimits& limits = {});

}  // namespace authd::recon
