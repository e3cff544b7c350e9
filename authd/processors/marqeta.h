// Marqeta: the gateway (JIT Funding), where a transaction object comes in and a decision about its
// funding goes out, and the transaction webhooks.
//
// A transaction has `gpa_order` (money that the cardholder spends) or `gpa_order_unload` (money for
// the cardholder); in it `jit_funding` says what is asked or was done. A question of a method that
// we do not know becomes Kind::unsupported, which is always declined.
//
// A webhook is {"transactions": […]}; anything else ({"pings": […]}, {"cards": […]}) tells nothing.
// What a transaction means is said by its `type`, or, where that is not known, by the method of its
// jit_funding; `state` says how far it came.
//
//   notification of a question  PENDING, CLEARED: approved; COMPLETION (a single message): posted;
//                               DECLINED, ERROR: declined, whatever we had answered
//   authorization.advice        the new total, in `amount`; without a link: approved unasked
//   …reversal                   PENDING: `amount` less; CLEARED: all of it, the life cycle ends
//   …issuerexpiration           expired
//   …clearing, refund           posted; `is_final_clearing` ends the life cycle
//   …chargeback (…reversal)     posted, if Marqeta says that the cardholder is credited: with
//                               jit_funding, and `chargeback.credit_user` not false
//   gpa.credit, gpa.debit, …    nothing: Marqeta's own orders, which fund what is told anyway
//   other states DECLINED and ERROR: nothing has happened
//
// Money that is held is jit_funding.amount, money that is posted is `amount`: after a partial
// approval, in an advice and in clearings they may differ. gpa.impacted_amount is never used: it is
// the change of a balance that Marqeta keeps, counts a purchase twice, and of an advice says
// neither total nor change.
//
// A type and method that are both unknown move nothing without jit_funding: Marqeta moves
// cardholders' money only through that. With jit_funding of an amount, nothing is guessed, neither
// a debit nor a credit: the transaction is refused, so that it is seen and sent again. Likewise a
// state that is unknown.
//
// Not documented, and assumed until seen in the sandbox: a lower jit_funding.amount in an answer
// approves partially; an announced credit is reversed as a whole; CLEARED of a clearing means the
// same as COMPLETION, and is posted once even if both come.
//
// Links: a transaction names the one before it, so every transaction's token is a name of the life
// cycle it belongs to (Event::about). Credits follow `preceding_related_transaction_token` alone:
// the original of a refund is a purchase, whose hold is no concern of theirs.

#pragma once

#include "authd/processors/adapter.h"
#include "core/decision.h"

namespace authd::processors {

struct MarqetaOptions {};

class MarqetaAdapter final : public Adapter {
 public:
  // Echo: token, method, user_token, acting_user_token and business_token of jit_funding; the last
  // two may be empty.
  core::Result<Question, ParseError> read_question(JsonWalk& walk, const core::ProgramId& program,
                                                   PaddedBody body) const override;

  // 200 approves, 402 declines. Amounts beyond 15 characters allocate, nothing else does once
  // `reply` has grown.
  void render_answer(const Question& question, const core::Answer& answer,
                     Reply& reply) const override;

  std::optional<ParseError> read_events(JsonWalk& walk, const core::ProgramId& program,
                                        PaddedBody body,
                                        std::vector<core::Event>& events) const override;
};

namespace marqeta {

// Positions of Question::echo.
enum Echoed : std::size_t { token, method, user_token, acting_user_token, business_token };

// One of the 24 values that Marqeta's API lists for `decline_reason`. `reason` is not `approved`.
std::string_view decline_reason(core::Reason reason) noexcept;

}  // namespace marqeta

}  // namespace authd::processors
