// The answer to Stripe's real-time authorization; see stripe.h.
//
// Always 200, and only the members that Stripe documents: what is no valid answer is no decision to
// Stripe, which then takes the account's default.

#include "authd/processors/json_text.h"
#include "authd/processors/stripe.h"

namespace authd::processors {

namespace {

constexpr std::string_view approved = R"({"approved":true)";
constexpr std::string_view declined = R"({"approved":false)";

// The metadata's keys are ours.
void append_metadata(std::string& body, std::string_view reason, std::string_view reference) {
  if (reason.empty() && reference.empty()) return;
  body += R"(,"metadata":{)";
  if (!reason.empty()) {
    body += R"("decline_reason":)";
    append_string(body, reason);
  }
  if (!reference.empty()) {
    if (!reason.empty()) body += ',';
    body += R"("authd_message":)";
    append_string(body, reference);
  }
  body += '}';
}

}  // namespace

void StripeAdapter::render_answer(const Question& question, const core::Answer& answer,
                                  Reply& reply) const {
  constexpr int http_ok = 200;
  const core::Request& request = question.request;
  const core::Decision& decision = answer.decision;
  const std::int64_t minor = decision.approved.minor_units;
  const bool partial = decision.is_approved() && minor < request.amount.minor_units;
  const std::int64_t amount = partial ? units_.from_minor({minor, request.amount.currency}) : 0;

  reply.status = http_ok;
  reply.fields = fields_;
  const std::string_view reference =
      reference_in_metadata_ ? request.message.view() : std::string_view();
  if (!decision.is_approved() || (partial && amount == 0)) {
    // Less than one unit of Stripe's cannot be approved. What is held for it goes with the event
    // that tells of the decline.
    const auto reason = decision.is_approved() ? core::Reason::insufficient_funds : decision.reason;
    reply.body = declined;
    append_metadata(reply.body, core::name(reason), reference);
  } else {
    reply.body = approved;
    if (partial) reply.body += R"(,"amount":)" + std::to_string(amount);
    append_metadata(reply.body, {}, reference);
  }
  reply.body += '}';
}

}  // namespace authd::processors
