#include "authd/config/fee_reader.h"

#include <algorithm>
#include <charconv>

#include "authd/config/value_reader.h"

namespace authd {

namespace {

using recon::Fee;
using recon::Rate;
using recon::Rule;
using recon::RuleKind;

constexpr std::size_t fees_max = 256;
constexpr std::size_t rates_max = 1'024;
constexpr std::size_t rules_max = 64;
constexpr std::size_t text_bytes_max = 64;  // of kinds and rules' names

void check_text(TableReader& in, std::string_view key, const std::string& text) {
  const bool is_printable = std::none_of(text.begin(), text.end(),
                                         [](char c) { return (c >= 0 && c < ' ') || c == 127; });
  if (text.size() > text_bytes_max || !is_printable) {
    in.refuse(key, "must be at most 64 bytes without control characters");
  }
}

Fee read_fee(TableReader& in, const SupplierContext& context) {
  Fee fee;
  if (in.has("kind")) {
    fee.kind = in.required_text("kind");
    check_text(in, "kind", fee.kind);
    if (context.is_source_known && !context.supplier.source.column(recon::Field::kind)) {
      in.refuse("kind", "needs columns.kind in the source");
    }
  }
  if (in.has("currency")) fee.currency = read_currency(in, "currency");
  fee.fixed_minor = read_minor(in, "fixed_minor");
  fee.basis_points = read_percent(in, "percent");
  if (!in.has("percent") && !in.has("fixed_minor")) {
    in.refuse("percent", "is required, or fixed_minor: how much the fee is");
  }
  fee.min_minor = read_minor(in, "min_minor");
  fee.max_minor = read_optional_minor(in, "max_minor");
  if (fee.max_minor && *fee.max_minor < fee.min_minor) {
    in.refuse("max_minor", "must not be below min_minor");
  }
  fee.tolerance = read_tolerance(in);
  return fee;
}

// "18.2345" as 18,234,500,000: up to nine digits on each side of the point, so that it fits.
std::optional<std::int64_t> parse_e9(std::string_view text) {
  constexpr std::size_t digits_max = 9;
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  if (digits.empty() || digits.size() > digits_max) return std::nullopt;
  if (digits.front() == '0' && digits.size() > 1) return std::nullopt;
  if (fraction.empty() || fraction.size() > digits_max) return std::nullopt;
  digits += fraction;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  digits.append(digits_max - fraction.size(), '0');
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::int64_t read_rate_e9(TableReader& in) {
  const std::string digits = in.decimal("rate");
  if (!in.has("rate")) in.refuse("rate", "is required");
  if (digits.empty()) return 0;
  const auto parsed = parse_e9(digits);
  if (parsed && *parsed > 0) return *parsed;
  in.refuse("rate",
            "must be a decimal number above 0 and below 1000000000 with at most nine decimals");
  return 0;
}

Rate read_rate(TableReader& in) {
  Rate rate;
  rate.from = read_currency(in, "from").value_or(core::Currency{});
  rate.to = read_currency(in, "to").value_or(core::Currency{});
  if (rate.from == rate.to && rate.from != core::Currency{}) {
    in.refuse("to", "must be another currency than from");
  }
  rate.rate_e9 = read_rate_e9(in);
  return rate;
}

void check_rule(TableReader& in, const SupplierContext& context, RuleKind kind) {
  const bool has_amount = kind == RuleKind::rounding || kind == RuleKind::known_fee;
  if (!has_amount) refuse_present(in, {"each_max_minor"}, "is of rounding and known_fee alone");
  if (kind == RuleKind::rounding && !in.has("each_max_minor")) {
    in.refuse("each_max_minor", "is required: what is still rounding");
  }
  if (kind == RuleKind::known_fee && context.supplier.fees.empty()) {
    in.refuse("kind", "known_fee needs a fee: add [[reconciliation.supplier.fee]]");
  }
  if (kind != RuleKind::timing) {
    refuse_present(in, {"window_s"}, "is of timing alone");
  } else if (!in.has("window_s")) {
    in.refuse("window_s", "is required: how late the other side may be");
  }
}

Rule read_rule(TableReader& in, const SupplierContext& context) {
  Rule rule;
  rule.name = in.required_text("name");
  check_text(in, "name", rule.name);
  const auto kind = read_word<RuleKind>(in, "kind", recon::rule_names);
  rule.kind = kind.value_or(RuleKind::rounding);
  rule.each_max_minor = in.integer("each_max_minor", 0, 1, core::minor_units_max);
  rule.window_s = in.integer("window_s", 0, 1, window_s_max);
  rule.run_max_count = read_optional_count(in, "run_max_count");
  rule.run_max_minor = read_optional_minor(in, "run_max_minor");
  if (kind) check_rule(in, context, *kind);
  return rule;
}

// Reports what stands a second time: what `is_same` takes for one with an earlier one.
template <class Part, class Same>
void refuse_repeated(TableReader& in, std::string_view key, const std::vector<Part>& earlier,
                     const Same& is_same, const std::string& message) {
  if (std::any_of(earlier.begin(), earlier.end(), is_same)) in.refuse(key, message);
}

}  // namespace

std::vector<Fee> read_fees(TableReader& supplier_table, const SupplierContext& supplier) {
  const auto read = [&supplier](TableReader& in, const std::vector<Fee>& earlier) {
    Fee fee = read_fee(in, supplier);
    refuse_repeated(
        in, "kind", earlier,
        [&fee](const Fee& e) { return e.kind == fee.kind && e.currency == fee.currency; },
        "and currency are those of a fee before");
    return fee;
  };
  return read_each<Fee>(supplier_table, "fee", fees_max, read);
}

std::vector<Rate> read_rates(TableReader& supplier_table) {
  const auto read = [](TableReader& in, const std::vector<Rate>& earlier) {
    Rate rate = read_rate(in);
    const bool is_told = rate.from != core::Currency{} && rate.to != core::Currency{};
    refuse_repeated(
        in, "from", earlier,
        [&](const Rate& e) { return is_told && e.from == rate.from && e.to == rate.to; },
        "and to are those of a rate before");
    return rate;
  };
  return read_each<Rate>(supplier_table, "rate", rates_max, read);
}

std::vector<Rule> read_rules(TableReader& supplier_table, const SupplierContext& supplier) {
  const auto read = [&supplier](TableReader& in, const std::vector<Rule>& earlier) {
    Rule rule = read_rule(in, supplier);
    refuse_repeated(
        in, "name", earlier,
        [&rule](const Rule& e) { return e.name == rule.name && !rule.name.empty(); },
        "stands twice");
    return rule;
  };
  return read_each<Rule>(supplier_table, "rule", rules_max, read);
}

}  // namespace authd
