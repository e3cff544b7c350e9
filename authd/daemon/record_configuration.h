// What the state must know of the configuration before it decides: programs with their policies,
// and time zones, those that stored controls use included. Each is recorded in the journal when it
// differs from what the state has, so that a replay decides under the policies of its day.

#pragma once

#include <string>

#include "authd/config/config.h"
#include "store/state/storage.h"

namespace authd {

// Before anything is decided. The error is a sentence for the operator.
core::Result<void, std::string> record_configuration(store::Storage& storage, const Config& config,
                                                     core::Timestamp now);

}  // namespace authd
