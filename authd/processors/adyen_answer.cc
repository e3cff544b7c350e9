// The answer to a relayed authorisation; see adyen.h.

#include <algorithm>

#include "authd/processors/adyen.h"
#include "authd/processors/json_text.h"

namespace authd::processors {

namespace {

// Free text: our name of the reason, for people. "insufficient funds"
void append_refusal_reason(std::string& body, core::Reason reason) {
  std::string text(core::name(reason));
  std::replace(text.begin(), text.end(), '_', ' ');
  append_member(body, "refusalReason", text);
}

}  // namespace

void AdyenAdapter::render_answer(const Question& question, const core::Answer& answer,
                                 Reply& reply) const {
  const core::Decision& decision = answer.decision;
  reply.status = 200;
  reply.fields.clear();
  std::string& body = reply.body;
  body = R"({"authorisationDecision":{"status":)";
  append_string(body, decision.is_approved() ? "Authorised" : "Refused");
  if (!decision.is_approved()) append_refusal_reason(body, decision.reason);
  body += '}';
  append_member(body, "reference", question.request.message.view());
  if (options_.reason_in_metadata && !decision.is_approved()) {
    body += R"(,"metadata":{"decline_reason":)";
    append_string(body, core::name(decision.reason));
    body += '}';
  }
  body += '}';
}

}  // namespace authd::processors
