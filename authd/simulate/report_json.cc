// The report as one JSON object; see report.h.

#include <boost/json/value.hpp>

#include "authd/simulate/report.h"

namespace authd::simulate {

namespace {

namespace json = boost::json;

json::value to_json(const std::string& text) { return json::value(text); }

json::object to_json(const LatencySummary& us) {
  return {{"count", us.count},   {"p50_us", us.p50_us},     {"p90_us", us.p90_us},
          {"p99_us", us.p99_us}, {"p99_9_us", us.p99_9_us}, {"max_us", us.max_us}};
}

json::object to_json(const Balance& balance) {
  return {{"posted_minor", balance.posted_minor},
          {"held_minor", balance.held_minor},
          {"available_minor", balance.available_minor}};
}

json::object to_json(const WrongAnswer& wrong) {
  return {{"program", wrong.program},
          {"endpoint", wrong.was_question ? "authorizations" : "events"},
          {"life_cycle", wrong.life_cycle},
          {"what", wrong.what},
          {"sent", wrong.sent},
          {"status", wrong.status},
          {"answer", wrong.body}};
}

json::object to_json(const WrongBalance& wrong) {
  return {{"account", wrong.account},
          {"currency", wrong.currency},
          {"expected", to_json(wrong.expected)},
          {"found", to_json(wrong.found)}};
}

template <class Element>
json::array to_array(const std::vector<Element>& elements) {
  json::array array;
  for (const Element& element : elements) array.emplace_back(to_json(element));
  return array;
}

}  // namespace

json::object to_json(const Report& report) {
  json::object sent;
  for (const auto& [program, counts] : report.sent)
    sent[program] = {{"authorizations", counts.questions}, {"events", counts.events}};
  json::object answers;
  for (const auto& [status, count] : report.answers) answers[std::to_string(status)] = count;

  json::object root;
  root["ok"] = report.is_right();
  root["simulated"] = report.name;
  root["seed"] = report.seed;
  root["life_cycles"] = report.life_cycles;
  root["seconds"] = report.seconds;
  root["sent"] = std::move(sent);
  root["repeated"] = report.repeated;
  root["reordered"] = report.reordered;
  root["late"] = report.late;
  root["lost"] = report.lost;
  root["answers"] = std::move(answers);
  root["approved"] = report.approved;
  root["declined"] = report.declined;
  root["wrong_answer_count"] = report.wrong_count;
  root["wrong_answers"] = to_array(report.wrong);
  root["accounts"] = report.accounts;
  root["wrong_balances"] = to_array(report.wrong_balances);
  root["problems"] = to_array(report.problems);
  root["notes"] = to_array(report.notes);
  root["question_latency"] = to_json(report.questions.summary());
  root["event_latency"] = to_json(report.events.summary());
  return root;
}

}  // namespace authd::simulate
