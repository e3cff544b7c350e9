// The bodies of Adyen; see scribe.h.

#pragma once

#include <memory>

#include "authd/processors/adyen.h"
#include "authd/simulate/random/scribe.h"

namespace authd::simulate::random {

Abilities abilities(const processors::AdyenOptions& options, const Setting& setting);

std::unique_ptr<Scribe> make_scribe(const processors::AdyenOptions& options, const Scene& scene);

}  // namespace authd::simulate::random
