// The answer to Marqeta's gateway; see marqeta.h.

#include <charconv>
#include <chrono>

#include "authd/processors/json_text.h"
#include "authd/processors/marqeta.h"
#include "core/assert.h"

namespace authd::processors {

namespace {

constexpr int http_ok = 200;
constexpr int http_payment_required = 402;

// Appends `number` in at least `digits` digits.
void append_number(std::string& out, std::int64_t number, std::size_t digits) {
  char text[20];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  const auto size = static_cast<std::size_t>(end - text);
  if (size < digits) out.append(digits - size, '0');
  out.append(text, size);
}

// RFC 3339 in UTC: "2026-11-12T08:02:41Z". Whole seconds, rounded down.
void append_time(std::string& out, core::Timestamp at) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds{at.unix_us}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time) - day};

  append_number(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_number(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_number(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_number(out, clock.hours().count(), 2);
  out += ':';
  append_number(out, clock.minutes().count(), 2);
  out += ':';
  append_number(out, clock.seconds().count(), 2);
  out += 'Z';
}

void append_amount(std::string& out, std::string_view key, core::Money amount) {
  out += ",\"";
  out += key;
  out += "\":";
  out += core::to_major_units(amount);
}

void append_funding(std::string& out, const Question::Echo& echo) {
  out += R"({"jit_funding":{"token":)";
  append_string(out, echo[marqeta::token].view());
  append_member(out, "method", echo[marqeta::method].view());
  append_member(out, "user_token", echo[marqeta::user_token].view());
  if (!echo[marqeta::acting_user_token].empty())
    append_member(out, "acting_user_token", echo[marqeta::acting_user_token].view());
  if (!echo[marqeta::business_token].empty())
    append_member(out, "business_token", echo[marqeta::business_token].view());
}

// The map from currency to balance that answers an inquiry. Credits are not spendable before they
// are posted, and a wallet has no credit line.
void append_balances(std::string& out, core::Currency currency, const core::Balance& balance,
                     core::Timestamp at) {
  out += R"(,"balances":{)";
  append_string(out, currency.alpha());
  out += R"(:{"currency_code":)";
  append_string(out, currency.alpha());
  append_amount(out, "ledger_balance", {balance.posted_minor, currency});
  append_amount(out, "available_balance", {balance.available_minor, currency});
  append_amount(out, "credit_balance", {0, currency});
  append_amount(out, "pending_credits", {0, currency});
  out += R"(,"last_updated_time":")";
  append_time(out, at);
  out += R"(","balances":{}}})";
}

// Where a control asks for a verified cardholder and the address does not match, the decline says
// so: neither address nor postal code. We keep no addresses: it is Marqeta's own comparison, which
// otherwise stands as it is.
void append_address(std::string& out, const core::Request& request, core::Reason reason) {
  const bool is_to_blame = reason == core::Reason::verification_required &&
                           request.details.address == core::Verification::mismatch;
  if (is_to_blame) out += R"(,"address_verification":{"gateway":{"response":{"code":"0101"}}})";
}

}  // namespace

namespace marqeta {

std::string_view decline_reason(core::Reason reason) noexcept {
  using core::Reason;
  constexpr std::string_view not_permitted = "TRANSACTION_NOT_PERMITTED";
  switch (reason) {
    case Reason::approved: break;
    case Reason::message_conflict: return "DUPLICATE_TRANSACTION";
    case Reason::too_late:
    case Reason::program_unknown: return not_permitted;
    case Reason::card_unknown:
    case Reason::card_closed: return "INVALID_CARD";
    case Reason::card_frozen: return "BLOCKED_BY_ISSUER";
    case Reason::card_inactive:
    case Reason::card_not_yet_active: return "CARD_NOT_ACTIVE";
    case Reason::card_expired: return "EXPIRED_CARD";
    case Reason::account_unknown: return "NO_CREDIT_ACCOUNT";
    case Reason::account_closed: return "CLOSED_ACCOUNT";
    case Reason::account_frozen:
    case Reason::holder_not_verified: return "CARDHOLDER_NOT_ACTIVE";
    case Reason::currency_mismatch: return "INVALID_AMOUNT";
    case Reason::kind_not_supported:
    case Reason::authorization_closed:
    case Reason::denied:
    case Reason::outside_hours:
    case Reason::card_used: return not_permitted;
    case Reason::verification_required: return "SOFT_DECLINE_AUTHENTICATION_REQUIRED";
    case Reason::merchant_locked: return "INVALID_MERCHANT";
    case Reason::amount_limit:
    case Reason::sum_out_of_range: return "AMOUNT_LIMIT_EXCEEDED";
    case Reason::count_limit: return "TRANSACTION_COUNT_LIMIT_EXCEEDED";
    case Reason::insufficient_funds: return "INSUFFICIENT_FUNDS";
    case Reason::exposure_limit:
    case Reason::stale_state:
    case Reason::overloaded:
    case Reason::storage: return not_permitted;
  }
  AUTHD_ASSERT(reason != Reason::approved);
  return not_permitted;
}

}  // namespace marqeta

void MarqetaAdapter::render_answer(const Question& question, const core::Answer& answer,
                                   Reply& reply) const {
  const core::Request& request = question.request;
  const core::Decision& decision = answer.decision;
  std::string& body = reply.body;
  reply.fields.clear();
  body.clear();
  append_funding(body, question.echo);
  if (!decision.is_approved()) {
    reply.status = http_payment_required;
    append_amount(body, "amount", request.amount);
    append_member(body, "decline_reason", marqeta::decline_reason(decision.reason));
    append_address(body, request, decision.reason);
    body += "}}";
    return;
  }
  reply.status = http_ok;
  append_amount(body, "amount", {decision.approved.minor_units, request.amount.currency});
  if (request.kind == core::Kind::balance_inquiry)
    append_balances(body, request.amount.currency, decision.balance, answer.decided_at);
  body += "}}";
}

}  // namespace authd::processors
