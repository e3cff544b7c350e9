// Adapter: one processor's way of asking, of being answered, and of telling what has happened.
//
// All that authd knows of a processor is behind it; what comes out is in the terms of core.
//
// Which endpoint a body was posted to decides what it is: on /authorizations everything is a
// question and is answered, on /events nothing is. Fields that matter for money or for the answer
// are strict. Merchant fields come from acquirers and are often dirty: what cannot be used is
// absent, never an error. Enumerations are open: a word that is not known is `other`, `unknown` or
// Kind::unsupported; only an event that moves money in a way that is not known is refused, so that
// the processor sends it again. null counts as absent.
//
// Threads: any number at once, each with a JsonWalk of its own.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/json_walk.h"
#include "authd/processors/parse_error.h"
#include "core/apply.h"
#include "core/identifiers.h"
#include "core/request.h"
#include "core/result.h"
#include "core/text.h"

namespace authd::processors {

struct Question {
  // What the answer repeats of the body, as it came; each adapter names the positions.
  using Echo = std::array<core::InlineText<64>, 5>;

  core::Request request;
  Echo echo;
  friend bool operator==(const Question&, const Question&) = default;
};

// An answer as HTTP: `fields` are whole lines, "Stripe-Version: …\r\n". Content-Type is
// application/json.
struct Reply {
  int status = 200;
  std::string fields;
  std::string body;
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  virtual core::Result<Question, ParseError> read_question(JsonWalk& walk,
                                                           const core::ProgramId& program,
                                                           PaddedBody body) const = 0;

  // Overwrites `reply`. The same question and answer give the same bytes.
  virtual void render_answer(const Question& question, const core::Answer& answer,
                             Reply& reply) const = 0;

  // Appends what the body says, in its order; nothing for one that moves no money (a ping, a card
  // that was ordered). Every event that is understood is appended even if another is not: the
  // processor sends the body again, and the repetition of those changes nothing. The error is that
  // of the first that was not understood.
  virtual std::optional<ParseError> read_events(JsonWalk& walk, const core::ProgramId& program,
                                                PaddedBody body,
                                                std::vector<core::Event>& events) const = 0;
};

}  // namespace authd::processors
