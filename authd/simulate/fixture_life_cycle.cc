#include "authd/simulate/fixture_life_cycle.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "authd/http/message.h"
#include "authd/processors/json_walk.h"
#include "authd/simulate/json_difference.h"

namespace authd::simulate {

namespace {

namespace json = boost::json;
using boost::system::error_code;

// "2026-11-12T08:02:41Z"
bool is_time(const json::value& value) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (!value.is_string()) return false;
  const std::string_view text = value.get_string();
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char place) {
    return place == '0' ? c >= '0' && c <= '9' : c == place;
  });
}

// Changes what was expected and found so that only what the fixture is about is compared.
struct Leniency {
  json::value& expected;
  json::value& found;

  // A balance is that of now.
  void operator()(const processors::MarqetaOptions&) const {
    error_code error;
    json::value* const balances = expected.find_pointer("/jit_funding/balances", error);
    if (balances == nullptr || !balances->is_object()) return;
    for (auto& [currency, balance] : balances->get_object()) {
      const std::string pointer =
          "/jit_funding/balances/" + std::string(currency) + "/last_updated_time";
      json::value* const then = expected.find_pointer(pointer, error);
      const json::value* const now = found.find_pointer(pointer, error);
      if (then != nullptr && now != nullptr && is_time(*now)) *then = *now;
    }
  }

  void operator()(const processors::StripeOptions& options) const {
    if (!options.reference_in_metadata) return;
    json::value* const metadata = found.get_object().if_contains("metadata");
    if (metadata == nullptr || !metadata->is_object()) return;
    metadata->get_object().erase("authd_message");
    if (metadata->get_object().empty()) found.get_object().erase("metadata");
  }

  void operator()(const processors::LithicOptions& options) const {
    if (options.answers_avs) found.get_object().erase("avs_result");
  }

  void operator()(const processors::AdyenOptions& options) const {
    if (options.reason_in_metadata) found.get_object().erase("metadata");
    const json::value* const reference = found.get_object().if_contains("reference");
    const bool is_named =
        reference != nullptr && reference->is_string() && !reference->get_string().empty();
    if (is_named) expected.get_object()["reference"] = *reference;
  }
};

std::string wrong_body(const json::value* expected, const std::string& body,
                       const processors::AdapterOptions& options) {
  error_code error;
  json::value found = json::parse(body, error);
  if (error) return "the body is not JSON: " + error.message();
  if (expected == nullptr) return {};
  json::value wanted = *expected;
  if (found.is_object() && wanted.is_object()) std::visit(Leniency{wanted, found}, options);
  return difference(wanted, found, Members::all);
}

std::string wrong_field(const json::object& expected, const std::string& fields) {
  for (const auto& [name, value] : expected) {
    const auto found = http::field_of(fields, name);
    if (!value.is_string() || found == std::string_view(value.get_string())) continue;
    return std::string(name) + ": " + json::serialize(value) + " was expected, " +
           (found ? "\"" + std::string(*found) + "\"" : "nothing") + " was found";
  }
  return {};
}

// Of the text, so that ids in it are those of this run.
json::value renewed(const json::value& answer, const Identifiers& identifiers) {
  return json::parse(identifiers.renewed_in(json::serialize(answer)));
}

}  // namespace

std::set<std::string, std::less<>> cards_of(const Fixture& fixture,
                                            const processors::AdapterOptions& options) {
  constexpr std::size_t body_bytes_max = 65'536;
  const auto adapter = processors::make_adapter(options);
  processors::JsonWalk walk(body_bytes_max);
  const core::ProgramId program = *core::ProgramId::from("simulated");
  std::set<std::string, std::less<>> cards;
  std::vector<core::Event> events;
  for (const FixtureMessage& each : fixture.messages) {
    const std::size_t size = each.message.body.size();
    const std::string padded =
        each.message.body + std::string(processors::PaddedBody::padding_bytes, ' ');
    const processors::PaddedBody body{std::string_view(padded).substr(0, size)};
    if (each.message.is_question) {
      const auto question = adapter->read_question(walk, program, body);
      if (question) cards.emplace(question->request.card.view());
    } else {
      adapter->read_events(walk, program, body, events);
    }
  }
  for (const core::Event& event : events) cards.emplace(event.card.view());
  cards.erase("");  // of an event that names none
  return cards;
}

FixtureLifeCycle::FixtureLifeCycle(const Fixture& fixture, const Identifiers& identifiers,
                                   const processors::AdapterOptions& options)
    : name_(fixture.name),
      messages_(fixture.messages),
      effect_(fixture.effect),
      order_matters_(!fixture.order_independent),
      options_(options) {
  for (FixtureMessage& each : messages_) {
    each.message.body = identifiers.renewed_in(each.message.body);
    each.expected_answer = renewed(each.expected_answer, identifiers);
  }
}

std::optional<Message> FixtureLifeCycle::next() {
  if (told_ == messages_.size()) return std::nullopt;
  return messages_[told_++].message;
}

std::string FixtureLifeCycle::heard(const Heard& answer) {
  const json::object* const expected = messages_[told_ - 1].expected_answer.if_object();
  if (expected == nullptr) return {};
  const json::value* const status = expected->if_contains("http_status");
  if (status != nullptr && *status != answer.status) {
    return "status " + json::serialize(*status) + " was expected, " +
           std::to_string(answer.status) + " was found";
  }
  const json::value* const fields = expected->if_contains("headers");
  if (fields != nullptr && fields->is_object()) {
    std::string wrong = wrong_field(fields->get_object(), answer.fields);
    if (!wrong.empty()) return wrong;
  }
  return wrong_body(expected->if_contains("body"), answer.body, options_);
}

}  // namespace authd::simulate
