// What a message of a fixture is in core's terms: the part that a processor's adapter plays.

#include <map>
#include <stdexcept>

#include "tests/core/fixture_life_cycle.h"

namespace authd::core::test {

namespace {

namespace json = boost::json;

// What stands in the bodies of messages alone.
struct Unsaid {
  bool is_final = false;         // is_final_clearing is true
  std::int64_t total_minor = 0;  // the new total, where the fixture's `amount` is the change
};

Unsaid unsaid(const std::string& life_cycle, const std::string& file) {
  static const std::map<std::string, Unsaid> known{
      {"adyen/adjustment/04-webhook-transfer-auth-adjusted.json", {false, 105'50}},
      {"marqeta/e-multi-clearing-final/04-webhook-clearing-final.json", {true, 0}},
      {"marqeta/o-authorization-advice/03-webhook-advice.json", {false, 49'95}},
      {"marqeta/r-fx-gbp-usd/03-webhook-clearing.json", {true, 0}}};
  const auto found = known.find(life_cycle + "/" + file);
  return found == known.end() ? Unsaid{} : found->second;
}

MessageId message_id(const std::string& text) {
  if (text.empty()) return {};
  const auto id = MessageId::from(text);
  if (!id) throw std::invalid_argument("not a message id: " + text);
  return *id;
}

Kind kind_of(const std::string& word) {
  static const std::map<std::string, Kind> kinds{
      {"authorization", Kind::purchase},
      {"authorization_incremental", Kind::purchase},
      {"single_message_purchase", Kind::purchase},
      {"atm_withdrawal", Kind::cash},
      {"credit_authorization", Kind::credit},
      {"refund_authorization", Kind::credit},
      {"account_verification", Kind::account_verification},
      {"balance_inquiry", Kind::balance_inquiry}};
  return kinds.at(word);
}

bool is_marqeta(const std::string& life_cycle) { return life_cycle.starts_with("marqeta/"); }

// Marqeta's token of the transaction that a message is about itself.
std::string token_of(const json::object& message) {
  const std::string key = text_of(message, "idempotency_key");
  return key.substr(0, key.find('|'));
}

// The id of the life cycle that the message names; empty when it names none.
std::string link_of(const json::object& message) {
  const json::value* const links = message.if_contains("links");
  if (links == nullptr) return {};
  for (const char* const link :
       {"original_transaction_token", "preceding_related_transaction_token", "authorization",
        "transaction", "transfer"}) {
    const std::string id = text_of(links->as_object(), link);
    if (!id.empty()) return id;
  }
  return {};
}

Request request_of(const json::object& message) {
  const std::string outcome = text_of(message.at("decision").as_object(), "outcome");
  Request request;
  request.program = fixture_program;
  request.message = message_id(text_of(message, "idempotency_key"));
  request.authorization = message_id(link_of(message));
  request.card = fixture_card;
  request.kind = kind_of(text_of(message, "kind"));
  request.amount = money_of(message, "amount");
  request.partial_approval = outcome == "approve_partial";
  return request;
}

// Its idempotency key; one that is longer than core's ids is replaced by the file that brought it
// first.
std::string notice_of(const json::object& fixture, const json::object& message) {
  const std::string key = text_of(message, "idempotency_key");
  if (key.size() <= MessageId::size_max) return key;
  for (const json::value& other : fixture.at("messages").as_array()) {
    if (text_of(other.as_object(), "idempotency_key") == key) {
      return text_of(other.as_object(), "file");
    }
  }
  throw std::invalid_argument("not a message of the fixture: " + key);
}

// Of an authorization's own notification. Nothing: it only says that the processor has begun.
std::optional<EventKind> event_of_outcome(const json::object& message) {
  const std::string kind = text_of(message, "kind");
  const std::string outcome = text_of(message, "outcome");
  if (outcome == "declined") return EventKind::declined;
  if (outcome == "completed") return EventKind::cleared;  // a single message: money moves with it
  if (outcome == "received") {
    if (kind == "refund_authorization") return EventKind::credit_approved;
    return std::nullopt;
  }
  if (!outcome.starts_with("approved")) throw std::out_of_range("outcome " + outcome);
  return EventKind::approved;
}

std::optional<EventKind> event_of(const json::object& message) {
  static const std::map<std::string, std::optional<EventKind>> kinds{
      {"authorization_advice", EventKind::advised},
      {"authorization_closed", EventKind::closed},
      {"authorization_expiry", EventKind::expired},
      {"authorization_reversal", EventKind::reversed},
      {"clearing", EventKind::cleared},
      {"credit_clearing", EventKind::refunded},
      {"force_post", EventKind::cleared},
      {"refund", EventKind::refunded},
      {"refund_clearing", EventKind::refunded},
      {"balance_inquiry", std::nullopt},  // it was answered
      {"dispute", std::nullopt},          // a chargeback without money
      {"ping", std::nullopt}};
  const auto found = kinds.find(text_of(message, "kind"));
  return found == kinds.end() ? event_of_outcome(message) : found->second;
}

// Whether the processor's words say that nothing more will come.
bool is_final(const json::object& message) {
  if (text_of(message, "kind") != "authorization_reversal") return false;
  const json::object& words = message.at("processor").as_object();
  const std::string status = text_of(words, "status");
  return text_of(words, "state") == "CLEARED" || status == "reversed" || status == "VOIDED" ||
         status == "cancelled";
}

bool was_answered_late(const json::object& fixture) {
  for (const json::value& message : fixture.at("messages").as_array()) {
    const json::value* const decision = message.as_object().if_contains("decision");
    if (decision == nullptr) continue;
    const json::value* const in_time = decision->as_object().if_contains("answered_in_time");
    if (in_time != nullptr && !in_time->as_bool()) return true;
  }
  return false;
}

// Whom the event concerns: Marqeta names the message it reports on, the others the life cycle.
void name_subject(const std::string& life_cycle, const json::object& message, Event& event) {
  event.authorization = message_id(link_of(message));
  if (!is_marqeta(life_cycle) || !event.authorization.empty()) return;
  if (event.kind == EventKind::approved || event.kind == EventKind::declined) {
    event.about = message_id(token_of(message));
  } else if (text_of(message, "outcome") == "completed") {
    event.authorization = message_id(token_of(message));
  }
}

}  // namespace

std::optional<Command> command_of(const std::string& life_cycle, const json::object& fixture,
                                  const json::object& message) {
  if (text_of(message, "channel") == "gateway") return request_of(message);
  const auto kind = event_of(message);
  if (!kind) return std::nullopt;
  const Unsaid more = unsaid(life_cycle, text_of(message, "file"));
  Event event;
  event.program = fixture_program;
  event.notice = message_id(notice_of(fixture, message));
  event.card = fixture_card;
  event.kind = *kind;
  name_subject(life_cycle, message, event);
  const bool announces = text_of(message, "outcome") != "";
  if (announces && *kind != EventKind::closed)
    event.transaction = kind_of(text_of(message, "kind"));
  event.amount = money_of(message, "amount");
  if (more.total_minor > 0) event.amount.minor_units = more.total_minor;
  event.final = more.is_final || is_final(message);
  event.timed_out = *kind == EventKind::declined && was_answered_late(fixture);
  return event;
}

}  // namespace authd::core::test
