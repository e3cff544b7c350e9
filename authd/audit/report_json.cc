#include "authd/audit/report_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/audit/row_fields.h"
#include "store/mirror/slot.h"

namespace authd {

namespace {

namespace json = boost::json;

std::string_view name(store::RowKind kind) noexcept {
  switch (kind) {
    case store::RowKind::nothing: return "unknown";
    case store::RowKind::account: return "account";
    case store::RowKind::card: return "card";
    case store::RowKind::authorization: return "authorization";
    case store::RowKind::usage: return "usage";
    case store::RowKind::message: return "message";
    case store::RowKind::notice: return "notice";
    case store::RowKind::controls: return "controls";
    case store::RowKind::program: return "program";
    case store::RowKind::zone: return "zone";
    case store::RowKind::due_slot: return "due_slot";
    case store::RowKind::due_cursor: return "due_cursor";
    case store::RowKind::transfer: return "transfer";
    case store::RowKind::mirror_mark: return "mirror_mark";
  }
  return "unknown";
}

// Those of `fields` that `other` has not alike.
json::object differing(const RowFields& fields, const RowFields& other) {
  json::object object;
  for (const auto& field : fields) {
    if (std::find(other.begin(), other.end(), field) == other.end()) {
      object[field.first] = field.second;
    }
  }
  return object;
}

json::object finding_json(const store::RowFinding& finding) {
  const RowFields state = finding.state ? row_fields(*finding.state) : RowFields{};
  const RowFields ledger = finding.ledger ? row_fields(*finding.ledger) : RowFields{};
  json::object object{{"row", row_name(finding.key)}, {"difference", store::name(finding.kind)}};
  if (finding.state) object["state"] = differing(state, ledger);
  if (finding.ledger) object["ledger"] = differing(ledger, state);
  return object;
}

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(std::string_view(value.get_string()))
                           : json::serialize(value);
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? "" : text_of(*value);
}

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

// "posted_minor 100, held_minor 5".
std::string fields_text(const json::object& finding, std::string_view side) {
  const json::value* const fields = finding.if_contains(side);
  if (fields == nullptr || !fields->is_object()) return "nothing";
  std::string text;
  for (const auto& [key, value] : fields->get_object()) {
    if (!text.empty()) text += ", ";
    text += std::string(std::string_view(key)) + " " + text_of(value);
  }
  return text.empty() ? "no more" : text;
}

}  // namespace

json::object report_json(const store::AuditReport& report) {
  json::object compared;
  for (std::size_t kind = 1; kind < report.compared.size(); ++kind) {
    if (report.compared[kind] > 0) {
      compared[name(static_cast<store::RowKind>(kind))] = report.compared[kind];
    }
  }
  json::array rows;
  for (const store::RowFinding& finding : report.rows) rows.push_back(finding_json(finding));
  json::array books;
  for (const store::BookFinding& finding : report.books) {
    books.push_back(json::object{{"check", store::name(finding.check)},
                                 {"place", finding.place},
                                 {"found", finding.found},
                                 {"expected", finding.expected}});
  }
  json::value position;  // null without a mirror
  if (report.point != 0) position = store::to_text(report.point);
  return {{"clean", report.is_clean()},
          {"differences", report.differences},
          {"drained_sequence", report.drained.value},
          {"log_position", std::move(position)},
          {"mirror_compared", report.mirror_compared},
          {"compared", std::move(compared)},
          {"excused", json::object{{"ended", report.ended},
                                   {"archived", report.archived},
                                   {"removed", report.removed},
                                   {"zones", report.zones},
                                   {"unsettled", report.unsettled}}},
          {"duration_s", static_cast<double>(report.duration.count()) / 1'000},
          {"rows", std::move(rows)},
          {"books", std::move(books)}};
}

std::string report_text(const json::object& report) {
  std::string text;
  for (const json::value& value : array_at(report, "rows")) {
    const json::object& finding = value.as_object();
    text += fmt::format("{}: {}\n  state:  {}\n  ledger: {}\n", text_at(finding, "row"),
                        text_at(finding, "difference"), fields_text(finding, "state"),
                        fields_text(finding, "ledger"));
  }
  for (const json::value& value : array_at(report, "books")) {
    const json::object& finding = value.as_object();
    text += fmt::format("{}: {}\n  found:    {}\n  expected: {}\n", text_at(finding, "place"),
                        text_at(finding, "check"), text_at(finding, "found"),
                        text_at(finding, "expected"));
  }
  if (text_at(report, "mirror_compared") == "false") {
    text +=
        "NOT COMPARED: accounts' status, cards and spend controls; the mirror has changes of them "
        "to take over first\n";
  }
  text += fmt::format("{}: {} differences, as of record {} and log position {}\n",
                      text_at(report, "clean") == "true" ? "ok" : "DIFFERENT",
                      text_at(report, "differences"), text_at(report, "drained_sequence"),
                      text_at(report, "log_position"));
  for (const std::string_view group : {"compared", "excused"}) {
    const json::value* const counts = report.if_contains(group);
    if (counts == nullptr || !counts->is_object()) continue;
    for (const auto& [key, value] : counts->get_object()) {
      if (group == "excused" && json::serialize(value) == "0") continue;
      text += fmt::format("  {:<10} {:<14} {:>12}\n", group, std::string_view(key),
                          json::serialize(value));
    }
  }
  const json::value* const duration = report.if_contains("duration_s");
  boost::system::error_code failed;
  const auto seconds = duration == nullptr ? 0.0 : duration->to_number<double>(failed);
  return text + fmt::format("{:.2f} s\n", seconds);
}

}  // namespace authd
