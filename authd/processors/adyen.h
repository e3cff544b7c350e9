// Adyen Issuing: relayed authorisations and the webhooks of transfers.
//
// A question is a payment that Adyen's own rules have let through; a negative amount is money that
// goes out. It is answered with Authorised or Refused, never with a part. `amount` is taken to
// include what `amountAdjustments` add to it.
//
// A webhook repeats the whole transfer with all of its events[], each with an id of its own. What
// an event changes is in its mutations[]: of `balance`, which is money that moves, and of
// `reserved`, which is what Adyen holds. Only where an event has none, its status and amount
// decide. So a status that is not known is still understood, and totals are not taken for changes.
//
// Not documented, and assumed until seen in the sandbox: the statuses of issued-card transfers and
// their order; that an adjustment is not relayed (another amount under the same transfer is
// declined as a conflict); whether Adyen holds amounts of Issuing to the decimals that it documents
// for payments, and the reason of a transfer that its fallback has refused: see AdyenOptions.

#pragma once

#include <string>

#include "authd/processors/adapter.h"
#include "authd/processors/adyen_parts.h"

namespace authd::processors {

struct AdyenOptions {
  // The decimals of amounts. Adyen documents its own for payments.
  adyen::Decimals decimals = adyen::Decimals::adyen;

  // The `reason` of a refusal that Adyen has decided because our answer did not come in time.
  std::string timeout_reason = "declined";

  // Adds the reason of a decline, by our name for it, as metadata that the webhooks repeat.
  bool reason_in_metadata = false;
};

class AdyenAdapter final : public Adapter {
 public:
  explicit AdyenAdapter(AdyenOptions options = {}) : options_(std::move(options)) {}

  // Echo: nothing.
  core::Result<Question, ParseError> read_question(JsonWalk& walk, const core::ProgramId& program,
                                                   PaddedBody body) const override;

  // Always 200: any other status is no decision. The reference is the id under which the decision
  // can be explained.
  void render_answer(const Question& question, const core::Answer& answer,
                     Reply& reply) const override;

  std::optional<ParseError> read_events(JsonWalk& walk, const core::ProgramId& program,
                                        PaddedBody body,
                                        std::vector<core::Event>& events) const override;

 private:
  AdyenOptions options_;
};

}  // namespace authd::processors
