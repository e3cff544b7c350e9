#include "tests/core/fixture_life_cycle.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <stdexcept>

namespace authd::core::test {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

const fs::path& root() {
  static const fs::path folder = AUTHD_TEST_DATA "/fixtures";
  return folder;
}

std::vector<std::string> list_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    if (entry.path().filename() != "expected.json") continue;
    names.push_back(fs::relative(entry.path().parent_path(), root()).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Sums sums_of(const json::object& object, const char* held, const char* posted,
             const char* pending) {
  return {money_of(object, held).minor_units, money_of(object, posted).minor_units,
          money_of(object, pending).minor_units};
}

Sums total_of(const json::object& object) {
  return sums_of(object, "open_hold", "posted_total", "pending_credit");
}

ExpectedAnswer answer_of(const json::object& decision) {
  ExpectedAnswer answer;
  if (text_of(decision, "outcome") == "decline") {
    answer.reason = Reason::insufficient_funds;  // the only one that the fixtures give
  } else {
    answer.approved_minor = money_of(decision, "amount").minor_units;
  }
  const json::value* const in_time = decision.if_contains("answered_in_time");
  answer.in_time = in_time == nullptr || in_time->as_bool();
  answer.has_alternative = decision.contains("alternative");
  return answer;
}

// Derived from what the message is and what is held, so that it does not repeat core's own rule.
Marks marks_of(const json::object& message, const Step& step, bool is_expired) {
  const std::string kind = text_of(message, "kind");
  const std::string outcome = text_of(message, "outcome");
  Marks marks;
  if (step.repeated || step.answer) return marks;
  const bool holds = step.change.held_minor > 0;
  marks.unasked = kind == "force_post" || holds;
  marks.late = kind == "clearing" && is_expired;
  marks.over_captured =
      kind == "clearing" && !is_expired && step.change.posted_minor < step.change.held_minor;
  marks.ghost = outcome == "declined" && step.change.held_minor < 0;
  return marks;
}

// The balances that the fixture assumes, or plenty; one minor unit too little where it declines.
void set_balances(const json::object& fixture, LifeCycle& life_cycle) {
  constexpr std::int64_t plenty_minor = 1'000'000'00;
  constexpr std::int64_t held_by_others_minor = 152'25;
  life_cycle.available_minor = plenty_minor;
  for (const Step& step : life_cycle.steps) {
    if (!step.answer || step.answer->reason == Reason::approved) continue;
    life_cycle.available_minor = std::get<Request>(*step.command).amount.minor_units - 1;
  }
  const json::value* const assumed = fixture.if_contains("preconditions");
  if (assumed != nullptr) {
    life_cycle.available_minor = money_of(assumed->as_object(), "available_balance").minor_units;
  }
  life_cycle.posted_minor = life_cycle.available_minor + held_by_others_minor;
  if (assumed != nullptr && assumed->as_object().contains("ledger_balance")) {
    life_cycle.posted_minor = money_of(assumed->as_object(), "ledger_balance").minor_units;
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Sums& sums) {
  return out << "held " << sums.held_minor << ", posted " << sums.posted_minor
             << ", pending credit " << sums.pending_credit_minor;
}

std::ostream& operator<<(std::ostream& out, const Marks& marks) {
  return out << "unasked " << marks.unasked << ", over-captured " << marks.over_captured
             << ", late " << marks.late << ", ghost " << marks.ghost;
}

std::string text_of(const json::object& object, const char* member) {
  const json::value* const value = object.if_contains(member);
  if (value == nullptr || value->is_null()) return {};
  const json::string& text = value->as_string();
  return {text.data(), text.size()};
}

Money money_of(const json::object& object, const char* member) {
  const json::object& money = object.at(member).as_object();
  const auto currency = Currency::from_alpha(text_of(money, "currency"));
  if (!currency) throw std::invalid_argument("currency of " + std::string(member));
  return {money.at("minor").as_int64(), *currency};
}

const std::vector<std::string>& life_cycle_names() {
  static const std::vector<std::string> names = list_names();
  return names;
}

json::object read_fixture(const std::string& name) {
  const fs::path path = root() / name / "expected.json";
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  const std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return json::parse(body).as_object();
}

LifeCycle life_cycle(const std::string& name, const json::object& fixture) {
  if (text_of(fixture, "lifecycle") != name) throw std::invalid_argument("misnamed: " + name);
  LifeCycle result;
  result.name = name;
  result.currency = Currency::from_alpha(text_of(fixture, "currency")).value();
  result.order_independent = fixture.at("order_independent").as_bool();
  std::set<std::string> seen;
  bool is_expired = false;
  for (const json::value& element : fixture.at("messages").as_array()) {
    const json::object& message = element.as_object();
    Step step;
    step.file = text_of(message, "file");
    step.command = command_of(name, fixture, message);
    if (message.contains("decision")) step.answer = answer_of(message.at("decision").as_object());
    const std::string key = text_of(message, "idempotency_key");
    step.repeated = !key.empty() && !seen.insert(key).second;
    step.change = sums_of(message, "hold_change", "posted_change", "pending_credit_change");
    step.total = total_of(message);
    step.marks = marks_of(message, step, is_expired);
    is_expired = is_expired || text_of(message, "kind") == "authorization_expiry";
    result.steps.push_back(std::move(step));
  }
  result.total = total_of(fixture.at("final").as_object());
  set_balances(fixture, result);
  return result;
}

}  // namespace authd::core::test
