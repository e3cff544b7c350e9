// LifeCycle: what a processor asks and tells about one purchase (or refund, inquiry …), one message
// after the other, and what it must come to on the account.
//
// It is played by the Player (player.h), which sends each message, repeats, delays and reorders
// events as it was told to, and hands the answers of questions back.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "authd/http/message.h"

namespace authd::simulate {

struct Message {
  bool is_question = false;  // posted to /authorizations; otherwise to /events
  std::string body;
};

// An answer to a question as it came.
using Heard = http::Answer;

// Sums over a life cycle, in minor units of the account's currency.
struct Effect {
  std::int64_t held_minor = 0;
  std::int64_t posted_minor = 0;  // negative: money that has left the account
};

class LifeCycle {
 public:
  virtual ~LifeCycle() = default;

  // For people: "stripe/partial-approval", "lithic purchase 17".
  virtual std::string name() const = 0;

  // What the next message is; nothing when all was told. After a question, heard() or unheard()
  // comes first.
  virtual std::optional<Message> next() = 0;

  // What is wrong with the answer to the question that next() gave last; empty: nothing.
  virtual std::string heard(const Heard& answer) = 0;

  // The question was lost on its way, or its answer was: the processor has decided by itself, and
  // tells so in its next messages. A question that arrived without its answer being heard leaves a
  // hold behind which those messages must release.
  virtual void unheard() = 0;

  // What it has come to after all messages that next() has given, whatever their order and however
  // often they came.
  virtual Effect effect() const = 0;

  // Whether its events may be delivered in any order. Questions always wait for all of their own.
  virtual bool order_matters() const = 0;
};

}  // namespace authd::simulate
