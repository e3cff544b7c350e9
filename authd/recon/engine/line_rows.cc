#include "authd/recon/engine/line_rows.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace authd::recon {

namespace {

constexpr const char* copy_lines =
    "COPY authd.recon_line (run_id, line_number, amount_minor, fee_minor, occurred_at, settled_on,"
    " status, currency, reference, our_reference, authorization_reference, kind, card, account,"
    " merchant, merchant_name, counterparty, authorization_code, batch, extra) FROM STDIN BINARY";
constexpr std::int16_t line_fields = 20;

constexpr const char* copy_bad_lines =
    "COPY authd.recon_bad_line (run_id, line_number, reason, field, text) FROM STDIN BINARY";
constexpr std::int16_t bad_line_fields = 5;

// PostgreSQL's dates count from 2000-01-01.
constexpr std::int32_t pg_epoch_days = 10'957;

// jsonb is sent as a version and the text.
std::string jsonb(const Line& line, const Source& source) {
  boost::json::object object;
  for (std::size_t i = 0; i < line.extra.size(); ++i) {
    if (!line.extra[i].empty()) object[source.extra[i].first] = line.extra[i];
  }
  return object.empty() ? std::string() : '\x01' + boost::json::serialize(object);
}

std::string_view text(const Line& line, Field field) {
  switch (field) {
    case Field::reference: return line.reference;
    case Field::kind: return line.kind;
    case Field::card: return line.card;
    case Field::account: return line.account;
    case Field::merchant: return line.merchant;
    case Field::merchant_name: return line.merchant_name;
    case Field::counterparty: return line.counterparty;
    case Field::authorization_code: return line.authorization_code;
    case Field::batch: return line.batch;
    case Field::occurred_at:
    case Field::settled_on:
    case Field::amount:
    case Field::direction:
    case Field::currency:
    case Field::fee:
    case Field::status: break;
  }
  return {};
}

}  // namespace

LineRows::LineRows(std::int64_t run, const Supplier& supplier)
    : run_(run),
      supplier_(supplier),
      our_reference_(origin(supplier.source, supplier.our_reference)),
      authorization_(origin(supplier.source, supplier.authorization)) {}

std::optional<LineRows::Origin> LineRows::origin(const Source& source, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto& extra = source.extra;
  const auto found = std::find_if(extra.begin(), extra.end(),
                                  [name](const auto& column) { return column.first == name; });
  if (found != extra.end()) {
    return Origin{Field::reference, static_cast<std::size_t>(found - extra.begin())};
  }
  const auto field = std::find(field_names.begin(), field_names.end(), name);
  if (field == field_names.end()) return std::nullopt;
  return Origin{static_cast<Field>(field - field_names.begin()), std::nullopt};
}

std::string_view LineRows::value(const Line& line, const std::optional<Origin>& origin) {
  if (!origin) return {};
  if (!origin->extra) return text(line, origin->field);
  return *origin->extra < line.extra.size() ? std::string_view(line.extra[*origin->extra])
                                            : std::string_view();
}

std::int64_t LineRows::signed_as_wallet(std::int64_t minor) const noexcept {
  return supplier_.are_debits_positive ? -minor : minor;  // within minor_units_max: no overflow
}

std::int64_t LineRows::add(const Reader::Item& item, std::int64_t stored) {
  if (const auto* const line = std::get_if<Line>(&item)) {
    const auto number = static_cast<std::int64_t>(line->line_number);
    if (number > stored) add(*line);
    return number;
  }
  const auto* const bad = std::get_if<BadLine>(&item);
  AUTHD_ASSERT(bad != nullptr);
  const auto number = static_cast<std::int64_t>(bad->line_number);
  if (number > stored) add(*bad);
  return number;
}

void LineRows::add(const Line& line) {
  lines_.row(line_fields);
  lines_.number(run_);
  lines_.number(static_cast<std::int64_t>(line.line_number));
  lines_.number(signed_as_wallet(line.amount.minor_units));
  line.fee ? lines_.number(line.fee->minor_units) : lines_.null();
  lines_.time(line.occurred_at);
  line.settled_on ? lines_.number(line.settled_on->days - pg_epoch_days) : lines_.null();
  lines_.enumerator(line.status);
  lines_.text(line.amount.currency.alpha());
  lines_.text(line.reference);
  lines_.text_or_null(value(line, our_reference_));
  lines_.text_or_null(value(line, authorization_));
  for (const Field field :
       {Field::kind, Field::card, Field::account, Field::merchant, Field::merchant_name,
        Field::counterparty, Field::authorization_code, Field::batch}) {
    lines_.text_or_null(text(line, field));
  }
  lines_.text_or_null(jsonb(line, supplier_.source));
}

void LineRows::add(const BadLine& line) {
  bad_lines_.row(bad_line_fields);
  bad_lines_.number(run_);
  bad_lines_.number(static_cast<std::int64_t>(line.line_number));
  bad_lines_.enumerator(line.reason);
  bad_lines_.text_or_null(line.column);
  bad_lines_.text(line.text);
}

core::Result<void, store::PgError> LineRows::write(store::Connection& connection) {
  AUTHD_TRY_VOID(connection.copy_in(copy_lines, lines_));
  AUTHD_TRY_VOID(connection.copy_in(copy_bad_lines, bad_lines_));
  lines_.clear();
  bad_lines_.clear();
  return {};
}

}  // namespace authd::recon
