#include "authd/api/statement_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/json_values.h"
#include "authd/api/rfc3339.h"

namespace authd::api {

namespace {

namespace json = boost::json;

// A field of a line; `text` may hold anything.
void append_field(std::string& line, std::string_view text) {
  if (!line.empty()) line += ',';
  constexpr std::string_view formula = "=+-@\t";
  const bool is_formula = !text.empty() && formula.find(text.front()) != std::string_view::npos;
  if (!is_formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  if (is_formula) line += '\'';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

// Time, kind, amount, balance, currency: plain words and numbers.
std::string begin_line(core::Timestamp at, std::string_view kind, std::int64_t amount_minor,
                       std::int64_t balance_minor, std::string_view currency) {
  return fmt::format("{},{},{},{},{}", to_rfc3339(at), kind, amount_minor, balance_minor, currency);
}

constexpr std::string_view csv_names =
    "booked_at,kind,amount_minor,balance_minor,currency,merchant,card,transfer,reference,shard,"
    "sequence\r\n";
constexpr std::string_view csv_blanks = ",,,,,,\r\n";

std::string_view without_blanks(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

}  // namespace

std::string to_json(const AccountStatement& statement) {
  const std::string_view currency = statement.wallet.currency.alpha();
  json::array movements;
  for (const auto& [entry, balance_minor] : statement.movements) {
    movements.push_back(json::object{{"booked_at", to_rfc3339(entry.booked_at)},
                                     {"kind", entry.kind},
                                     {"amount", amount_json(entry.posted_minor, currency)},
                                     {"balance", amount_json(balance_minor, currency)},
                                     {"merchant", merchant_json(entry.merchant)},
                                     {"card", card_json(entry.card_program, entry.card)},
                                     {"transfer", text_or_null(entry.transfer)},
                                     {"reference", text_or_null(entry.reference)},
                                     {"shard", entry.shard},
                                     {"sequence", entry.sequence}});
  }
  return json::serialize(json::object{{"account", statement.wallet.account},
                                      {"from", to_rfc3339(statement.from)},
                                      {"to", to_rfc3339(statement.to)},
                                      {"opening", amount_json(statement.opening_minor, currency)},
                                      {"closing", amount_json(statement.closing_minor, currency)},
                                      {"movements", std::move(movements)}});
}

std::string to_csv(const AccountStatement& statement) {
  const std::string_view currency = statement.wallet.currency.alpha();
  std::string text(csv_names);
  text += begin_line(statement.from, "opening", 0, statement.opening_minor, currency);
  text += csv_blanks;
  for (const auto& [entry, balance_minor] : statement.movements) {
    std::string line =
        begin_line(entry.booked_at, entry.kind, entry.posted_minor, balance_minor, currency);
    append_field(line, entry.merchant.name);
    append_field(line, entry.card);
    append_field(line, entry.transfer);
    append_field(line, entry.reference);
    text += fmt::format("{},{},{}\r\n", line, entry.shard, entry.sequence);
  }
  text += begin_line(statement.to, "closing", 0, statement.closing_minor, currency);
  text += csv_blanks;
  return text;
}

bool prefers_csv(std::string_view accept) {
  while (!accept.empty()) {
    const std::string_view range = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(range.size() + 1, accept.size()));
    std::string type(without_blanks(range.substr(0, range.find(';'))));
    for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (type == "text/csv") return true;
    if (type == "application/json" || type == "application/*" || type == "*/*") return false;
  }
  return false;
}

}  // namespace authd::api
