// Random life cycles: what a processor would ask and tell about one purchase, drawn from a seed.
//
// A Script draws what happens, in the terms of the field and the same for all processors; the
// Scribe of the processor writes it down as that processor does and reads the answers:
//
//   plan.h           which kinds of life cycle there are, and how often
//   script.h         one of them, step by step, with its effect in integers
//   circumstances.h  where and how the card is used
//   scribe.h         what a processor's pair of files has to do
//
// Weighted like traffic: mostly plain purchases that are cleared in full.
//
// Ids are drawn from the seed, each from at least 80 bits, so those of different seeds do not meet.
//
// Threads: each life cycle is its own; any number at once.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "authd/processors/adapters.h"
#include "authd/simulate/life_cycle.h"

namespace authd::simulate {

struct Setting {
  std::string card_token;
  std::string currency;                    // of the card's account: "USD"
  int exponent = 2;                        // its decimals in ISO 4217
  std::int64_t amount_max_minor = 100'00;  // of most purchases; 1 to 10^9, others are taken as the
                                           // nearest. Now and then more is asked for
  std::int64_t now_unix_s = 0;             // when the life cycle begins
};

// The same arguments, and the same answers, give the same life cycle byte for byte.
std::unique_ptr<LifeCycle> random_life_cycle(const processors::AdapterOptions& adapter,
                                             const Setting& setting, std::uint64_t seed);

}  // namespace authd::simulate
