#include "authd/recon/engine/sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace authd::recon {

namespace {

// Of rows that fit, the one that names the kind goes first.
std::vector<Fee> specific_first(std::vector<Fee> fees) {
  const auto rank = [](const Fee& fee) {
    return (fee.kind.empty() ? 2 : 0) + (fee.currency ? 0 : 1);
  };
  std::stable_sort(fees.begin(), fees.end(),
                   [&](const Fee& a, const Fee& b) { return rank(a) < rank(b); });
  return fees;
}

std::string sql_case(const std::vector<Fee>& fees, std::string_view kind, std::string_view currency,
                     const std::function<std::string(const Fee&)>& value) {
  std::string cases;
  for (const Fee& fee : specific_first(fees)) {
    std::string fits = "true";
    if (!fee.kind.empty()) fits += fmt::format(" AND {} = {}", kind, sql_text(fee.kind));
    if (fee.currency) {
      fits += fmt::format(" AND {} = {}", currency, sql_text(fee.currency->alpha()));
    }
    cases += fmt::format(" WHEN {} THEN {}", fits, value(fee));
  }
  return cases.empty() ? "NULL::bigint" : "CASE" + cases + " END";
}

std::string sql_share(std::string_view amount, std::int64_t basis_points) {
  return fmt::format("div(abs({})::numeric * {} + 5000, 10000)", amount, basis_points);
}

}  // namespace

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

std::string sql_tolerance(const Tolerance& tolerance, std::string_view amount) {
  if (tolerance.basis_points == 0) return std::to_string(tolerance.minor);
  return fmt::format("greatest({}, {})", tolerance.minor,
                     sql_share(amount, tolerance.basis_points));
}

std::string sql_fee(const std::vector<Fee>& fees, std::string_view amount, std::string_view kind,
                    std::string_view currency) {
  return sql_case(fees, kind, currency, [amount](const Fee& fee) {
    std::string value = fmt::format("greatest({}, {} + {})", fee.min_minor, fee.fixed_minor,
                                    sql_share(amount, fee.basis_points));
    if (fee.max_minor) value = fmt::format("least({}, {})", *fee.max_minor, value);
    return sql_minor(value);
  });
}

std::string sql_fee_tolerance(const std::vector<Fee>& fees, std::string_view expected,
                              std::string_view kind, std::string_view currency) {
  return sql_case(fees, kind, currency, [expected](const Fee& fee) {
    return fmt::format("({})::bigint", sql_tolerance(fee.tolerance, expected));
  });
}

std::string sql_converted(const std::vector<Rate>& rates, std::string_view amount,
                          std::string_view from, std::string_view to) {
  std::string cases;
  for (const Rate& rate : rates) {
    cases += fmt::format(
        " WHEN {} = {} AND {} = {} THEN {}", from, sql_text(rate.from.alpha()), to,
        sql_text(rate.to.alpha()),
        sql_minor(fmt::format("round({}::numeric * {} / 1000000000)", amount, rate.rate_e9)));
  }
  return cases.empty() ? "NULL::bigint" : "CASE" + cases + " END";
}

std::string sql_minor(std::string_view expression) {
  return fmt::format("greatest(-{0}, least({0}, {1}))::bigint", core::minor_units_max, expression);
}

}  // namespace authd::recon
