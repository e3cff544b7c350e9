#include "authd/explain/difference.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/explain/record_json.h"
#include "authd/explain/words.h"

namespace authd::explain {

namespace {

namespace json = boost::json;

struct RowName {
  std::string operator()(const core::Account& row) const {
    return fmt::format("account {}", row.id.value);
  }
  std::string operator()(const core::Card& row) const {
    return fmt::format("card {} {}", row.program.view(), row.token.view());
  }
  std::string operator()(const core::Authorization& row) const {
    return fmt::format("authorization {}", row.id.value);
  }
  std::string operator()(const core::Usage& row) const {
    return "usage of " + owner_name(row.owner);
  }
  std::string operator()(const core::Message& row) const {
    return fmt::format("message {} {}", row.program.view(), row.id.view());
  }
  std::string operator()(const core::Notice& row) const {
    return fmt::format("notice {} {}", row.program.view(), row.id.view());
  }
  std::string operator()(const core::ControlSet& row) const {
    return "controls of " + owner_name(row.owner);
  }
  std::string operator()(const core::Program& row) const {
    return fmt::format("program {}", row.id.view());
  }
  std::string operator()(const core::TimeZone& row) const {
    return fmt::format("zone {}", row.name.view());
  }
  std::string operator()(const core::DueSlot& row) const {
    return fmt::format("due slot {}", row.slot);
  }
  std::string operator()(const core::DueCursor&) const { return "due cursor"; }
  std::string operator()(const core::Transfer& row) const {
    return fmt::format("transfer {} {}", row.program.view(), row.id.view());
  }
  std::string operator()(const core::MirrorMark&) const { return "mirror's mark"; }
};

using RowDifference = store::Difference::RowDifference;

std::string row_name(const RowDifference& row) {
  return std::visit(RowName{}, row.recorded ? *row.recorded : *row.replayed);
}

std::string_view side(const RowDifference& row) noexcept {
  if (!row.replayed) return "recorded only";
  return row.recorded ? "another value" : "replayed only";
}

json::object pair(json::object recorded, json::object replayed) {
  return {{"recorded", std::move(recorded)}, {"replayed", std::move(replayed)}};
}

std::string_view name(core::StateFault fault) noexcept {
  switch (fault) {
    case core::StateFault::unreadable: return "unreadable";
    case core::StateFault::corrupt: return "corrupt";
  }
  return "unknown";
}

}  // namespace

json::object difference_json(const store::Difference& difference) {
  const store::Record& recorded = difference.recorded;
  json::object object{{"sequence", recorded.moment.sequence.value},
                      {"kind", kind_name(store::kind_of(recorded.command))}};
  if (difference.fault) object["fault"] = name(*difference.fault);
  if (difference.outcome) {
    object["outcome"] =
        pair(outcome_json(recorded.outcome), outcome_json(difference.replayed.outcome));
  }
  if (difference.explanation) {
    object["explanation"] =
        pair(to_json(recorded.explanation), to_json(difference.replayed.explanation));
  }
  if (difference.order) object["order_of_rows"] = true;
  if (difference.rows.empty()) return object;
  json::array rows;
  for (const RowDifference& row : difference.rows) {
    rows.push_back(json::object{{"row", row_name(row)}, {"side", side(row)}});
  }
  object["rows"] = std::move(rows);
  return object;
}

std::string difference_text(const store::Difference& difference) {
  const store::Record& recorded = difference.recorded;
  std::string text = fmt::format("record {}, {}:\n", recorded.moment.sequence.value,
                                 kind_name(store::kind_of(recorded.command)));
  if (difference.fault) {
    text += fmt::format("  cannot be applied: a row of the state is {}\n", name(*difference.fault));
  }
  const auto both = [&text](std::string_view part, const json::object& was,
                            const json::object& is) {
    text += fmt::format("  {} recorded {}\n  {} replayed {}\n", part, json::serialize(was), part,
                        json::serialize(is));
  };
  if (difference.outcome) {
    both("outcome", outcome_json(recorded.outcome), outcome_json(difference.replayed.outcome));
  }
  if (difference.explanation) {
    both("explanation", to_json(recorded.explanation), to_json(difference.replayed.explanation));
  }
  if (difference.order) text += "  the rows are in another order\n";
  for (const RowDifference& row : difference.rows) {
    text += fmt::format("  row {}: {}\n", row_name(row), side(row));
  }
  return text;
}

}  // namespace authd::explain
