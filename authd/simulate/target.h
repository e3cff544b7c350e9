// Target: one program of the daemon, as its processor sees it.

#pragma once

#include <cstdint>
#include <string>

#include "authd/processors/adapters.h"
#include "authd/simulate/signer.h"

namespace authd::simulate {

struct Target {
  std::string program;
  processors::AdapterOptions adapter;
  bool approves_in_part = false;  // the program does, where a question allows it
  Signer questions;
  Signer events;
};

enum class Verdict : std::uint8_t { none, approved, declined };

// What the answer to a question says in the processor's words; in part is approved too. None: it is
// no decision, but an error.
Verdict verdict_of(const processors::AdapterOptions& processor, const http::Answer& answer);

}  // namespace authd::simulate
