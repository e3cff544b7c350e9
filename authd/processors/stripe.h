// StripeAdapter: Stripe Issuing, real-time authorizations and events.
//
// Every body is an event. A question is `issuing_authorization.request`: what is asked stands in
// `pending_request`, and its amount is what Stripe will hold in addition to what the authorization
// has already. There is no reason in Stripe's answers: ours goes into the metadata that Stripe
// keeps with the authorization.
//
// What has happened, by the event's type:
//
//   issuing_authorization.created    approved or declined, whoever decided it
//   issuing_authorization.updated    an increment, a reversal, the end; see stripe_events.cc
//   issuing_transaction.created      money moves: a negative amount from the cardholder (capture),
//                                    a positive one to the cardholder (refund)
//   issuing_transaction.updated      the same for the change of its amount, if that has changed
//   all others                       nothing
//
// Ids: a message is named by its event (evt_…), an authorization by itself (iauth_…), money by its
// transaction (ipi_…): Stripe may tell of one transaction in two events.

#pragma once

#include <string>

#include "authd/processors/adapter.h"
#include "authd/processors/stripe_units.h"

namespace authd::processors {

struct StripeOptions {
  // Stripe demands its name in every answer, and writes events in the version of their endpoint:
  // both have to be this one.
  std::string api_version = "2026-10-28.endive";

  // See stripe::Units. What Stripe documents is about payments; whether it is true of Issuing is
  // not verified.
  std::vector<stripe::Units::Decimals> decimals;

  // Adds to the metadata, of approvals too, the id under which the decision can be explained.
  bool reference_in_metadata = false;
};

class StripeAdapter final : public Adapter {
 public:
  // `options` are valid.
  explicit StripeAdapter(const StripeOptions& options = {});

  // Whether the version can stand in a header, and decimals are 0 to 4.
  static bool valid(const StripeOptions& options) noexcept;

  core::Result<Question, ParseError> read_question(JsonWalk& walk, const core::ProgramId& program,
                                                   PaddedBody body) const override;
  void render_answer(const Question& question, const core::Answer& answer,
                     Reply& reply) const override;
  std::optional<ParseError> read_events(JsonWalk& walk, const core::ProgramId& program,
                                        PaddedBody body,
                                        std::vector<core::Event>& events) const override;

 private:
  stripe::Units units_;
  std::string fields_;  // of every Reply
  bool reference_in_metadata_;
};

}  // namespace authd::processors
