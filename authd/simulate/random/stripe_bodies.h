// The bodies of Stripe; see scribe.h.

#pragma once

#include <memory>

#include "authd/processors/stripe.h"
#include "authd/simulate/random/scribe.h"

namespace authd::simulate::random {

Abilities abilities(const processors::StripeOptions& options, const Setting& setting);

std::unique_ptr<Scribe> make_scribe(const processors::StripeOptions& options, const Scene& scene);

}  // namespace authd::simulate::random
