#include "authd/recon/engine/run_stop.h"

#include <algorithm>
#include <array>

namespace authd::recon {

namespace {

// Connections, resources, conflicts, an operator's hand: SQLSTATE's classes 08, 40, 53, 55, 57, 58.
bool passes(const store::PgError& error) noexcept {
  if (error.code != store::PgError::Code::server) {
    return error.code != store::PgError::Code::unexpected;
  }
  constexpr std::array<std::string_view, 6> classes{"08", "40", "53", "55", "57", "58"};
  return std::find(classes.begin(), classes.end(), error.state().substr(0, 2)) != classes.end();
}

}  // namespace

RunStop::RunStop(store::PgError error_)
    : error("PostgreSQL: " + error_.message),
      is_passing(passes(error_)),
      cause(std::move(error_)) {}

}  // namespace authd::recon
