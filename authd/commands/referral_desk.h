// What the commands of referral have in common.

#pragma once

#include <filesystem>
#include <optional>

#include "authd/config/config.h"
#include "store/postgres/connection.h"

namespace authd::commands {

struct ReferralDesk {
  Config config;
  store::Connection::Options options;  // of further connections
  store::Connection connection;        // has taken on authd_referral
};

// Nothing, and lines on standard error, when the configuration has no [postgres], or it does not
// answer. [referral] is not needed: what the commands do is the same without it.
std::optional<ReferralDesk> referral_desk(const std::filesystem::path& config_file);

}  // namespace authd::commands
