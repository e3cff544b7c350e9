// The answer to Lithic's Auth Stream Access; see lithic.h.

#include <charconv>

#include "authd/processors/json_text.h"
#include "authd/processors/lithic.h"
#include "core/assert.h"

namespace authd::processors {

namespace lithic {

namespace {

// Appends ,"key":number to an object that is not empty.
void append_number(std::string& out, std::string_view key, std::int64_t number) {
  char text[20];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  out += ",\"";
  out += key;
  out += "\":";
  out.append(text, static_cast<std::size_t>(end - text));
}

// For a terminal that shows the balance: without it, it shows 0.
void append_balance(std::string& out, const core::Balance& balance) {
  out += R"(,"balance":{"amount":)";
  out += std::to_string(balance.posted_minor);
  append_number(out, "available", balance.available_minor);
  out += '}';
}

// The word of an answer for Lithic's own comparison; empty when it has compared nothing.
std::string_view avs_result(std::string_view address_on_file_match) noexcept {
  for (const std::string_view word : {"MATCH", "MATCH_ADDRESS_ONLY", "MATCH_ZIP_ONLY"}) {
    if (address_on_file_match == word) return word;
  }
  return address_on_file_match == "MISMATCH" ? "FAIL" : "";
}

// A mismatched address is the one verification that has a word.
std::string_view result_of(const core::Request& request, core::Reason reason) noexcept {
  const bool is_address = reason == core::Reason::verification_required &&
                          request.details.address == core::Verification::mismatch;
  return is_address ? "AVS_INVALID" : result_word(reason);
}

}  // namespace

std::string_view result_word(core::Reason reason) noexcept {
  using core::Reason;
  switch (reason) {
    case Reason::approved: return "APPROVED";
    case Reason::message_conflict: return "MESSAGE_CONFLICT";
    case Reason::too_late: return "TOO_LATE";
    case Reason::program_unknown: return "PROGRAM_UNKNOWN";
    case Reason::card_unknown: return "CARD_UNKNOWN";
    case Reason::card_closed:
    case Reason::card_frozen:
    case Reason::card_inactive:
    case Reason::card_not_yet_active:
    case Reason::card_expired: return "CARD_PAUSED";
    case Reason::account_unknown: return "ACCOUNT_UNKNOWN";
    case Reason::account_closed:
    case Reason::account_frozen:
    case Reason::holder_not_verified: return "CARD_PAUSED";
    case Reason::currency_mismatch: return "CURRENCY_MISMATCH";
    case Reason::kind_not_supported: return "KIND_NOT_SUPPORTED";
    case Reason::authorization_closed: return "AUTHORIZATION_CLOSED";
    case Reason::denied: return "UNAUTHORIZED_MERCHANT";
    case Reason::outside_hours: return "OUTSIDE_HOURS";
    case Reason::verification_required: return "VERIFICATION_REQUIRED";
    case Reason::card_used: return "VELOCITY_EXCEEDED";
    case Reason::merchant_locked: return "UNAUTHORIZED_MERCHANT";
    case Reason::amount_limit:
    case Reason::count_limit: return "VELOCITY_EXCEEDED";
    case Reason::insufficient_funds: return "INSUFFICIENT_FUNDS";
    case Reason::sum_out_of_range: return "SUM_OUT_OF_RANGE";
    case Reason::exposure_limit: return "EXPOSURE_LIMIT";
    case Reason::stale_state: return "STALE_STATE";
    case Reason::overloaded: return "OVERLOADED";
    case Reason::storage: return "STORAGE";
  }
  return "DECLINED";
}

}  // namespace lithic

// `approved_amount` stands for a partial approval by being there.
void LithicAdapter::render_answer(const Question& question, const core::Answer& answer,
                                  Reply& reply) const {
  const core::Request& request = question.request;
  const core::Decision& decision = answer.decision;
  reply.status = 200;
  reply.fields.clear();
  std::string& body = reply.body;
  body = R"({"result":)";
  append_string(body, lithic::result_of(request, decision.reason));
  append_member(body, "token", question.echo[0].view());
  if (decision.is_approved()) {
    if (core::is_debit(request.kind) && decision.approved.minor_units < request.amount.minor_units)
      lithic::append_number(body, "approved_amount", decision.approved.minor_units);
    if (request.kind == core::Kind::balance_inquiry) lithic::append_balance(body, decision.balance);
  }
  const std::string_view avs = lithic::avs_result(question.echo[1].view());
  if (options_.answers_avs && !avs.empty()) append_member(body, "avs_result", avs);
  body += '}';
}

}  // namespace authd::processors
