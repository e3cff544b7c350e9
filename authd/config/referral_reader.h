// [referral] and [referral.gateway]: how this daemon works on referral, and who sends its SMS.

#pragma once

#include <filesystem>

#include "authd/config/table_reader.h"
#include "authd/referral/settings.h"

namespace authd {

// Relative paths are relative to `base`.
referral::Settings read_referral(TableReader& in, const std::filesystem::path& base);

}  // namespace authd
