// RunStop: why a run does not go on.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "authd/recon/engine/engine.h"
#include "store/postgres/connection.h"

namespace authd::recon {

struct RunStop {
  // Failed, cancelled or refused.
  RunStop(RunState state_, std::string error_, std::int64_t duplicate_of_ = 0)
      : state(state_), error(std::move(error_)), duplicate_of(duplicate_of_) {}

  // A statement that PostgreSQL refuses would be refused again; anything else may pass.
  RunStop(store::PgError error_);

  RunState state = RunState::failed;
  std::string error;
  std::int64_t duplicate_of = 0;  // of refused: the run that has read the file
  bool is_passing = false;        // the run stays as it is, see `cause`
  store::PgError cause;
};

}  // namespace authd::recon
