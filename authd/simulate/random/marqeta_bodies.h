// The bodies of Marqeta; see scribe.h.

#pragma once

#include <memory>

#include "authd/processors/marqeta.h"
#include "authd/simulate/random/scribe.h"

namespace authd::simulate::random {

Abilities abilities(const processors::MarqetaOptions& options, const Setting& setting);

std::unique_ptr<Scribe> make_scribe(const processors::MarqetaOptions& options, const Scene& scene);

}  // namespace authd::simulate::random
