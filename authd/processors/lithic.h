// Lithic's Auth Stream Access (ASA) and its transaction webhooks.
//
// A question is an authorization with its status: AUTHORIZATION, BALANCE_INQUIRY, and their
// financial (single-message) and credit kinds. Its amounts are integers in minor units of ISO 4217;
// what is held is the larger of `amounts.hold`, which includes an estimate for fuel or tips, and
// `amounts.cardholder`. Lithic asks again at once after a network failure, with the same token.
//
// A webhook repeats the whole transaction with all of its events[], each with a token of its own:
// all are told every time, and those that were told before change nothing. Amounts of events are
// changes, except that of AUTHORIZATION_ADVICE, which is a total. Their signs differ from message
// to message, so the direction is taken from `effective_polarity` and from the event's type.
//
// Not documented, and assumed until seen in the sandbox: a further AUTHORIZATION in a transaction
// adds to those before; an AUTHORIZATION_ADVICE that nothing was authorized before is one of its
// own; a CLEARING that is declined after an approved FINANCIAL_AUTHORIZATION takes that back.

#pragma once

#include "authd/processors/adapter.h"
#include "core/decision.h"

namespace authd::processors {

struct LithicOptions {
  // The program is enrolled in the beta in which a question has an `event_token`, so that several
  // questions may belong to one transaction. Assumed to be the token of the event that the webhook
  // tells of it. Otherwise there is one question to a transaction: another amount under the same
  // token is declined as a conflict.
  bool has_event_tokens = false;

  // Answers with Lithic's own comparison of the address as `avs_result`, for programs whose AVS
  // answer Lithic leaves to them.
  bool answers_avs = false;
};

class LithicAdapter final : public Adapter {
 public:
  LithicAdapter() = default;
  explicit LithicAdapter(LithicOptions options) noexcept : options_(options) {}

  // Echo: the transaction's token, `avs.address_on_file_match`.
  core::Result<Question, ParseError> read_question(JsonWalk& walk, const core::ProgramId& program,
                                                   PaddedBody body) const override;

  // Always 200: the answer is in the body.
  void render_answer(const Question& question, const core::Answer& answer,
                     Reply& reply) const override;

  std::optional<ParseError> read_events(JsonWalk& walk, const core::ProgramId& program,
                                        PaddedBody body,
                                        std::vector<core::Event>& events) const override;

 private:
  LithicOptions options_;
};

namespace lithic {

// The word of `result`. Lithic knows ten; any other declines as well (CUSTOM_ASA_RESULT) and is
// shown in its console, so what it cannot express is said in our own words.
std::string_view result_word(core::Reason reason) noexcept;

}  // namespace lithic

}  // namespace authd::processors
