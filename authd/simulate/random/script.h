// Script: one life cycle step by step, in the terms of the field and the same for all processors,
// and what it comes to.
//
// What a step is about is drawn when it is its turn, because it depends on the answers: a clearing
// presents what was approved.

#pragma once

#include <cstdint>
#include <optional>

#include "authd/simulate/life_cycle.h"
#include "authd/simulate/random/draw.h"
#include "authd/simulate/random/plan.h"

namespace authd::simulate::random {

// Of an authorization, in minor units of the account's currency.
struct Totals {
  std::int64_t authorized_minor = 0;  // and not given back
  std::int64_t cleared_minor = 0;
  std::int64_t credited_minor = 0;
  bool is_closed = false;  // expired, reversed, or cleared for the last time

  std::int64_t open_minor() const noexcept;  // authorized and not cleared, closed or not
  std::int64_t held_minor() const noexcept;
};

enum class Decider : std::uint8_t {
  issuer = 1,    // by the answer to the question
  fault = 2,     // declined: the answer was none that the processor understands
  timeout = 3,   // declined: there was no answer
  fallback = 4,  // approved: there was no answer
  network = 5,   // approved: nobody was asked
};

struct Step {
  What what = What::question;
  std::int64_t at_unix_s = 0;

  // Of a question what is asked, of a decision what is approved (what was asked, when it was
  // declined), of an adjustment the new total; of the others what is given back, presented or
  // refunded.
  std::int64_t amount_minor = 0;
  std::int64_t fee_minor = 0;  // part of it: what the ATM's operator takes

  bool is_increment = false;     // question, decision
  bool partial_allowed = false;  // question
  bool is_approved = false;      // decision
  Decider decider = Decider::issuer;
  bool is_linked = true;  // clearing, refund: there was an authorization
  bool is_final = false;  // clearing, reversal: nothing is held any more

  // Of the authorization. Before a decision: as they were when it was asked for.
  Totals before;
  Totals after;
};

struct Bounds {
  std::int64_t amount_max_minor = 0;  // 1 to 10^9
  std::int64_t now_unix_s = 0;
};

class Script {
 public:
  Script(Plan plan, const Abilities& abilities, const Bounds& bounds, Draw draw);

  // Nothing when all has happened. After a question, one of the next two comes first.
  std::optional<Step> next();

  // `approved_minor` is at most what was asked; it is nothing when the issuer has declined, or
  // given an answer that is none (`decider`).
  void answered(std::optional<std::int64_t> approved_minor, Decider decider);
  void not_answered();

  // After all steps that next() has given, and the answer.
  Effect effect() const noexcept;

 private:
  Step at_once(What what, std::int64_t amount_minor);
  Step after(What what, std::int64_t wait_s);
  Step open();
  Step ask(std::int64_t amount_minor);
  Step decide();
  std::optional<Step> go_on(const Later& later);
  std::optional<Step> adjust(std::int64_t total_minor);
  Step give_back(std::int64_t amount_minor);
  Step expire();
  Step clear(std::int64_t amount_minor, bool is_final);
  Step refund(std::int64_t amount_minor);

  void approve(std::int64_t amount_minor) noexcept;
  std::int64_t whole_grains(std::int64_t amount_minor) const noexcept;
  std::int64_t share(std::int64_t of_minor, int per_mille) const noexcept;
  std::int64_t first_amount();
  bool is_debit() const noexcept;

  Plan plan_;
  Abilities abilities_;
  Bounds bounds_;
  Draw draw_;
  Totals totals_;
  std::int64_t now_s_;
  bool is_opened_ = false;
  bool is_waiting_ = false;  // for the answer to question_
  bool is_decided_ = true;   // the decision about question_ was told
  Step question_;
  std::optional<std::int64_t> approved_minor_;  // of question_
  Decider decider_ = Decider::issuer;
  std::int64_t announced_minor_ = 0;  // by a credit
  std::size_t next_later_ = 0;
};

}  // namespace authd::simulate::random
