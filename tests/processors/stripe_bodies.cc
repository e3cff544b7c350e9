#include "tests/processors/stripe_bodies.h"

#include <boost/json.hpp>

#include "tests/processors/fixture_run.h"

namespace authd::test::stripe {

namespace {

namespace json = boost::json;

constexpr std::string_view authorization = R"({
  "id": "iauth_1", "object": "issuing.authorization", "amount": 4275,
  "amount_details": {"atm_fee": null, "cashback_amount": null},
  "approved": true, "authorization_method": "chip", "card": {"id": "ic_1", "last4": "4306"},
  "card_presence": "present", "currency": "usd", "merchant_amount": 4275, "merchant_currency": "usd",
  "merchant_data": {"category": "fast_food_restaurants", "category_code": "5814", "country": "US",
                    "name": "KESTREL COFFEE 04", "network_id": "471183"},
  "pending_request": null,
  "request_history": [{"amount": 4275, "approved": true, "created": 1793631852,
                       "reason": "webhook_approved"}],
  "status": "pending", "transactions": [], "wallet": null,
  "verification_data": {"address_line1_check": "not_provided",
                        "address_postal_code_check": "not_provided", "cvc_check": "not_provided",
                        "three_d_secure": null}})";

constexpr std::string_view pending_request = R"({
  "amount": 4275, "amount_details": {"atm_fee": null, "cashback_amount": null}, "currency": "usd",
  "is_amount_controllable": false, "merchant_amount": 4275, "merchant_currency": "usd"})";

constexpr std::string_view transaction = R"({
  "id": "ipi_1", "object": "issuing.transaction", "amount": -4275,
  "amount_details": {"atm_fee": null, "cashback_amount": null}, "authorization": "iauth_1",
  "card": "ic_1", "currency": "usd", "merchant_amount": -4275, "merchant_currency": "usd",
  "merchant_data": {"category": "fast_food_restaurants", "category_code": "5814", "country": "US",
                    "name": "KESTREL COFFEE 04", "network_id": "471183"},
  "type": "capture", "wallet": null})";

json::object& object_at(json::object& whole, std::string_view path) {
  json::object* at = &whole;
  while (!path.empty()) {
    const std::size_t point = path.find('.');
    json::value& member = (*at)[path.substr(0, point)];
    at = member.is_object() ? &member.get_object() : &member.emplace_object();
    path = point == std::string_view::npos ? std::string_view() : path.substr(point + 1);
  }
  return *at;
}

// Raw JSON may be what Boost would not write: it takes the place of a mark.
std::string changed(json::object whole, std::initializer_list<Change> changes) {
  const auto mark = [](std::size_t i) { return "<change " + std::to_string(i) + ">"; };
  std::size_t count = 0;
  for (const Change& change : changes) {
    const std::size_t point = change.path.rfind('.');
    const bool outermost = point == std::string::npos;
    json::object& parent = object_at(
        whole, outermost ? std::string_view() : std::string_view(change.path).substr(0, point));
    const std::string key = outermost ? change.path : change.path.substr(point + 1);
    parent.erase(key);
    if (!change.json.empty()) parent[key] = mark(count);
    ++count;
  }
  std::string body = json::serialize(whole);
  count = 0;
  for (const Change& change : changes) {
    const std::string quoted = "\"" + mark(count++) + "\"";
    const std::size_t at = body.find(quoted);
    if (at != std::string::npos) body.replace(at, quoted.size(), change.json);
  }
  return body;
}

json::object event(const char* id, const char* type, std::string_view object) {
  return {{"id", id},
          {"object", "event"},
          {"api_version", "2026-10-28.endive"},
          {"created", 1793631851},
          {"data", {{"object", json::parse(object)}}},
          {"livemode", false},
          {"type", type}};
}

}  // namespace

std::string question(std::initializer_list<Change> changes) {
  json::object whole = event("evt_1", "issuing_authorization.request", authorization);
  json::object& object = object_at(whole, "data.object");
  object["amount"] = 0;
  object["approved"] = false;
  object["request_history"] = json::array();
  object["pending_request"] = json::parse(pending_request);
  return changed(std::move(whole), changes);
}

std::string created(std::initializer_list<Change> changes) {
  return changed(event("evt_2", "issuing_authorization.created", authorization), changes);
}

std::string updated(std::initializer_list<Change> changes) {
  return changed(event("evt_3", "issuing_authorization.updated", authorization), changes);
}

std::string captured(std::initializer_list<Change> changes) {
  return changed(event("evt_4", "issuing_transaction.created", transaction), changes);
}

const processors::StripeAdapter& adapter() {
  static const processors::StripeAdapter adapter;
  return adapter;
}

core::Request read(const std::string& body) {
  const auto question = read_question(adapter(), body);
  EXPECT_TRUE(question) << question.error().field << ": " << name(question.error().fault);
  return question ? question->request : core::Request();
}

processors::ParseError refusal(const std::string& body) {
  const auto question = read_question(adapter(), body);
  EXPECT_FALSE(question) << body;
  return question ? processors::ParseError{} : question.error();
}

std::vector<core::Event> events(const std::string& body) {
  const ReadEvents read = read_events(adapter(), body);
  EXPECT_FALSE(read.error) << read.error->field << ": " << name(read.error->fault);
  return read.events;
}

processors::ParseError events_refusal(const std::string& body) {
  const ReadEvents read = read_events(adapter(), body);
  EXPECT_TRUE(read.error) << body;
  EXPECT_TRUE(read.events.empty());
  return read.error.value_or(processors::ParseError{});
}

}  // namespace authd::test::stripe
