// The processors as the tests of random life cycles configure them.

#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "authd/processors/adapters.h"

namespace authd::simulate::test {

struct RandomCase {
  std::string name;
  processors::AdapterOptions options;
};

inline std::ostream& operator<<(std::ostream& out, const RandomCase& tested) {
  return out << tested.name;
}

inline std::vector<RandomCase> random_cases() {
  processors::LithicOptions with_tokens;
  with_tokens.has_event_tokens = true;
  processors::AdyenOptions iso;
  iso.decimals = processors::adyen::Decimals::iso_4217;
  iso.timeout_reason = "timedOut";
  processors::StripeOptions shown;
  shown.reference_in_metadata = true;
  return {{"marqeta", processors::MarqetaOptions{}},
          {"stripe", processors::StripeOptions{}},
          {"stripe_with_references", shown},
          {"lithic", processors::LithicOptions{}},
          {"lithic_with_event_tokens", with_tokens},
          {"adyen", processors::AdyenOptions{}},
          {"adyen_iso_decimals", iso}};
}

}  // namespace authd::simulate::test
