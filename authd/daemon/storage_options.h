// How the configuration's [state] table opens the storage.

#pragma once

#include "authd/config/config.h"
#include "store/state/storage.h"

namespace authd {

inline store::Storage::Options storage_options(const Config& config) {
  return {config.state.directory, config.state.shard, config.state.segment_bytes,
          config.state.map_bytes};
}

}  // namespace authd
