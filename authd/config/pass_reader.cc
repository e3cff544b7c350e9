#include "authd/config/pass_reader.h"

#include <array>

#include "authd/config/value_reader.h"

namespace authd {

namespace {

using recon::Field;
using recon::Key;
using recon::Method;
using recon::Pass;
using recon::Supplier;

constexpr std::size_t passes_max = 64;
constexpr std::size_t pass_methods = 8;  // the others are not for passes

// How sure a match is when nobody says so, by method.
constexpr std::array<std::int32_t, pass_methods> usual_confidence{100, 90, 60, 85, 85, 75, 95, 80};

std::int32_t confidence_of(Method method) {
  return usual_confidence[static_cast<std::size_t>(method) - 1];
}

bool is_group(Method method) {
  return method == Method::one_to_many || method == Method::many_to_one ||
         method == Method::many_to_many;
}

// In a pass of the method's own an amount may be another than the one that is looked for.
bool has_tolerance(Method method) {
  return method != Method::reference && method != Method::amount_window;
}

bool has_column(const SupplierContext& context, Field field) {
  return !context.is_source_known || context.supplier.source.column(field).has_value();
}

// Why lines can never have it in common with items; empty: they can.
std::string fault_of(Key key, const SupplierContext& context) {
  const Supplier& supplier = context.supplier;
  const std::string word(recon::key_names[static_cast<std::size_t>(key) - 1]);
  const auto needs_column = [&](Field field) {
    return has_column(context, field) ? "" : "needs columns." + word + " in the source";
  };
  const bool is_card_only = key == Key::authorization || key == Key::card || key == Key::merchant;
  if (is_card_only && supplier.books != recon::Books::card) return "is of card books alone";
  switch (key) {
    case Key::authorization:
      return supplier.authorization.empty() ? "needs the supplier's key `authorization`" : "";
    case Key::card: return needs_column(Field::card);
    case Key::merchant: return needs_column(Field::merchant);
    case Key::account: return needs_column(Field::account);
    case Key::batch: return needs_column(Field::batch);
    case Key::reference:
    case Key::day: break;
  }
  return "";
}

void read_same(TableReader& in, const SupplierContext& context, Pass& pass) {
  const std::size_t errors_before = in.error_count();
  pass.same = read_words<Key>(in, "same", recon::key_names);
  if (pass.method != Method::amount_window && !is_group(pass.method)) {
    refuse_present(in, {"same"}, "is of amount_window and of groups alone");
    return;
  }
  if (!in.has("same")) {
    in.refuse("same", "is required: what lines and items have in common");
  } else if (pass.same.empty() && in.error_count() == errors_before) {
    in.refuse("same", "must name at least one of " + choice_of(recon::key_names));
  }
  for (const Key key : pass.same) {
    const std::string fault = fault_of(key, context);
    const std::string word(recon::key_names[static_cast<std::size_t>(key) - 1]);
    if (!fault.empty()) in.refuse("same", "\"" + word + "\" " + fault);
  }
}

// Further apart than the supplier's margin there are no items.
void read_window(TableReader& in, const Supplier& supplier, Pass& pass) {
  const bool has_window = pass.method == Method::amount_window;
  if (!has_window) refuse_present(in, {"window_s"}, "is of amount_window alone");
  if (has_window && !in.has("window_s")) {
    in.refuse("window_s", "is required: how far apart in time lines and items may be");
  }
  pass.window_s = in.integer("window_s", 0, 0, window_s_max);
  if (has_window && pass.window_s > supplier.margin_s) {
    in.refuse("window_s", "must not be above the supplier's margin_s (" +
                              std::to_string(supplier.margin_s) +
                              "): items further away are not looked at");
  }
}

void check_tolerance(TableReader& in, const Pass& pass) {
  if (!has_tolerance(pass.method)) {
    refuse_present(in, {"tolerance_minor", "tolerance_percent"},
                   "means nothing to " + std::string(name(pass.method)) + ": amounts are the same");
  } else if (pass.method == Method::reference_tolerance && pass.tolerance.minor == 0 &&
             pass.tolerance.basis_points == 0) {
    in.refuse("tolerance_minor", "or tolerance_percent is required, above 0");
  }
}

void check_terms(TableReader& in, const SupplierContext& context, Method method) {
  const Supplier& supplier = context.supplier;
  if (method == Method::currency && supplier.rates.empty()) {
    in.refuse("method", "currency needs a rate: add [[reconciliation.supplier.rate]]");
  }
  // A fee that the line states counts before the expected one.
  const bool has_fee = !supplier.fees.empty() || has_column(context, Field::fee);
  if (method == Method::net_of_fee && !has_fee) {
    in.refuse("method",
              "net_of_fee needs [[reconciliation.supplier.fee]], or columns.fee in the source");
  }
}

Pass read_pass(TableReader& in, const SupplierContext& context) {
  constexpr auto words = std::span(recon::method_names).first<pass_methods>();
  Pass pass;
  const auto method = read_word<Method>(in, "method", words);
  pass.method = method.value_or(Method::reference);
  pass.confidence =
      static_cast<std::int32_t>(in.integer("confidence", confidence_of(pass.method), 1, 100));
  pass.tolerance = read_tolerance(in);
  if (!method) {  // of which nothing else can be said
    pass.window_s = in.integer("window_s", 0, 0, window_s_max);
    pass.same = read_words<Key>(in, "same", recon::key_names);
    return pass;
  }
  check_tolerance(in, pass);
  check_terms(in, context, *method);
  read_window(in, context.supplier, pass);
  read_same(in, context, pass);
  return pass;
}

std::vector<Pass> usual_passes(const Supplier& supplier) {
  std::vector<Pass> passes;
  const auto add = [&passes](Method method) {
    Pass& pass = passes.emplace_back();
    pass.method = method;
    pass.confidence = confidence_of(method);
  };
  add(Method::reference);
  if (!supplier.fees.empty()) add(Method::net_of_fee);
  if (!supplier.rates.empty()) add(Method::currency);
  return passes;
}

}  // namespace

std::vector<Pass> read_passes(TableReader& supplier_table, const SupplierContext& supplier) {
  if (!supplier_table.has("pass")) return usual_passes(supplier.supplier);
  auto passes = read_each<Pass>(
      supplier_table, "pass", passes_max,
      [&supplier](TableReader& in, const auto&) { return read_pass(in, supplier); });
  if (passes.empty()) supplier_table.refuse("pass", "must not be empty: leave it out instead");
  return passes;
}

}  // namespace authd
