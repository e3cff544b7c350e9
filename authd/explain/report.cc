#include "authd/explain/report.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/explain/record_json.h"

namespace authd::explain {

namespace {

namespace json = boost::json;

bool is_request(const store::Record& record) noexcept {
  return std::holds_alternative<core::Request>(record.command);
}

bool is_request(const store::Record& record, const core::MessageId& id) noexcept {
  const auto* const request = std::get_if<core::Request>(&record.command);
  return request != nullptr && request->message == id;
}

// The decisions to be explained: the one that was asked for, otherwise all there are.
std::vector<const store::Record*> decisions(const Found& found, const core::MessageId& id) {
  std::vector<const store::Record*> all;
  for (const store::Record& record : found.records) {
    if (is_request(record, id)) return {&record};
    if (is_request(record)) all.push_back(&record);
  }
  return all;
}

// Whether the processor had been told "declined" before the approval was durable.
bool was_abandoned(const Found& found, const store::Record& decision) {
  const auto& message = std::get<core::Request>(decision.command).message;
  for (const store::Record& record : found.records) {
    const auto* const abandon = std::get_if<core::Abandon>(&record.command);
    if (abandon != nullptr && abandon->message == message) return true;
  }
  return false;
}

json::array controls_json(const Found& found) {
  Definitions named;
  for (const store::Record& record : found.records) {
    for (const core::Finding& finding : record.explanation.findings) {
      const auto known = found.definitions.find({finding.control, finding.version});
      if (known != found.definitions.end()) named.insert(*known);
    }
  }
  json::array controls;
  for (const auto& [key, control] : named) controls.push_back(to_json(control));
  return controls;
}

}  // namespace

std::string report_text(const Found& found, const core::MessageId& id) {
  std::string text;
  for (const store::Record* const record : decisions(found, id)) {
    text += decision_text(*record, found.definitions) + '\n';
    if (was_abandoned(found, *record)) {
      text +=
          "It was durable too late: the processor had been answered \"declined\" by then, and what "
          "was approved was taken back.\n\n";
    }
  }
  if (text.empty())
    text = fmt::format("No request belongs to {}: we were not asked.\n\n", id.view());
  if (found.records.size() > 1 || !is_request(found.records.front())) {
    text += "What happened, by record of the journal:\n";
    for (const store::Record& record : found.records) text += history_line(record);
  } else {
    text.pop_back();
  }
  if (found.source == Found::Source::ledger) {
    text +=
        "\nThis is from the ledger: the journal does not go back so far. What else happened to the "
        "authorization stands in authd.decision and authd.event.\n";
  }
  return text;
}

std::string report_json(const Found& found, const core::MessageId& id) {
  json::array records;
  for (const store::Record& record : found.records) records.push_back(record_json(record));
  const char* const source = found.source == Found::Source::ledger ? "ledger" : "journal";
  const json::object report{{"message", id.view()},
                            {"program", found.programs.front().view()},
                            {"source", source},
                            {"searched", json::object{{"first_sequence", found.first.value},
                                                      {"next_sequence", found.next.value}}},
                            {"controls", controls_json(found)},
                            {"records", std::move(records)}};
  return json::serialize(report) + '\n';
}

std::string searched(const Found& found) {
  if (found.first == found.next) return "the journal, which holds no record";
  return fmt::format("records {} to {} of the journal", found.first.value, found.next.value - 1);
}

}  // namespace authd::explain
