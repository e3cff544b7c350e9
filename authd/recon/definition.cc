#include "authd/recon/definition.h"

#include <boost/json/array.hpp>
#include <string>

namespace authd::recon {

namespace {

namespace json = boost::json;

// A number of 10^-decimals, without the zeros at its end that say nothing: "18.2345", "3".
std::string decimal(std::int64_t number, std::size_t decimals) {
  std::string digits = std::to_string(number);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, 1, '.');
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string percent(std::int64_t basis_points) { return decimal(basis_points, 2); }
std::string rate(std::int64_t rate_e9) { return decimal(rate_e9, 9); }

void add_tolerance(json::object& object, const Tolerance& tolerance) {
  if (tolerance.minor != 0) object["tolerance_minor"] = tolerance.minor;
  if (tolerance.basis_points != 0) object["tolerance_percent"] = percent(tolerance.basis_points);
}

void add_limit(json::object& object, std::string_view key, std::optional<std::int64_t> limit) {
  if (limit) object[key] = *limit;
}

json::object pass_json(const Pass& pass) {
  json::object object{{"method", name(pass.method)}, {"confidence", pass.confidence}};
  add_tolerance(object, pass.tolerance);
  if (pass.window_s != 0) object["window_s"] = pass.window_s;
  if (pass.same.empty()) return object;
  json::array& same = object["same"].emplace_array();
  for (const Key key : pass.same) same.emplace_back(key_names[static_cast<std::size_t>(key) - 1]);
  return object;
}

json::object fee_json(const Fee& fee) {
  json::object object;
  if (!fee.kind.empty()) object["kind"] = fee.kind;
  if (fee.currency) object["currency"] = fee.currency->alpha();
  object["percent"] = percent(fee.basis_points);
  object["fixed_minor"] = fee.fixed_minor;
  object["min_minor"] = fee.min_minor;
  add_limit(object, "max_minor", fee.max_minor);
  add_tolerance(object, fee.tolerance);
  return object;
}

json::object rate_json(const Rate& r) {
  return {{"from", r.from.alpha()}, {"to", r.to.alpha()}, {"rate", rate(r.rate_e9)}};
}

json::object rule_json(const Rule& rule) {
  json::object object{{"name", rule.name},
                      {"kind", rule_names[static_cast<std::size_t>(rule.kind) - 1]}};
  if (rule.each_max_minor != 0) object["each_max_minor"] = rule.each_max_minor;
  if (rule.window_s != 0) object["window_s"] = rule.window_s;
  add_limit(object, "run_max_count", rule.run_max_count);
  add_limit(object, "run_max_minor", rule.run_max_minor);
  return object;
}

template <class Part>
json::array each(const std::vector<Part>& parts, json::object (*write)(const Part&)) {
  json::array array;
  for (const Part& part : parts) array.emplace_back(write(part));
  return array;
}

// The keys that only one kind of books has.
void add_books(json::object& object, const Supplier& supplier) {
  if (supplier.books == Books::card) {
    if (!supplier.authorization.empty()) object["authorization"] = supplier.authorization;
    object["clear_within_s"] = supplier.clear_within_s;
    return;
  }
  json::array& kinds = object["transfer_kinds"].emplace_array();
  for (const core::TransferKind kind : supplier.transfer_kinds) kinds.emplace_back(name(kind));
}

}  // namespace

json::object definition_json(const Supplier& supplier) {
  json::object object{{"source", supplier.source.name},
                      {"program", supplier.program.view()},
                      {"books", books_names[static_cast<std::size_t>(supplier.books) - 1]},
                      {"our_reference", supplier.our_reference},
                      {"debits_positive", supplier.are_debits_positive},
                      {"date_tolerance_s", supplier.date_tolerance_s},
                      {"margin_s", supplier.margin_s},
                      {"period_days_max", supplier.period_days_max},
                      {"approval_above_minor", supplier.approval_above_minor},
                      {"watched", supplier.is_watched}};
  add_books(object, supplier);
  add_limit(object, "run_max_count", supplier.run_max_count);
  add_limit(object, "run_max_minor", supplier.run_max_minor);
  object["passes"] = each(supplier.passes, pass_json);
  object["fees"] = each(supplier.fees, fee_json);
  object["rates"] = each(supplier.rates, rate_json);
  object["rules"] = each(supplier.rules, rule_json);
  return object;
}

}  // namespace authd::recon
