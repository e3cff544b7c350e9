// The bodies of Lithic; see scribe.h.

#pragma once

#include <memory>

#include "authd/processors/lithic.h"
#include "authd/simulate/random/scribe.h"

namespace authd::simulate::random {

Abilities abilities(const processors::LithicOptions& options, const Setting& setting);

std::unique_ptr<Scribe> make_scribe(const processors::LithicOptions& options, const Scene& scene);

}  // namespace authd::simulate::random
