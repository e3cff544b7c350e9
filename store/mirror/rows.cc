#include "store/mirror/rows.h"

#include <algorithm>

#include "store/format/keys.h"
#include "store/format/rows.h"
#include "store/mirror/text_values.h"

namespace authd::store {

namespace {

using core::Unexpected;
using Value = pgoutput::Value;

// The columns of MirroredFields by table, and those that are of no concern to the state.
namespace account_column {
enum : std::size_t { id, currency, status, overdraft, minimum, kyc, opening };
}
namespace card_column {
enum : std::size_t { program, token, account, status, active_from, expires_at };
}
namespace control_column {
enum : std::size_t { owner, id, image, removed_at };
}
namespace credit_column {
enum : std::size_t { id, account, amount, currency, kind };
}

struct Columns {
  std::span<const std::string_view> read;
  std::span<const std::string_view> ignored;
};

constexpr std::array<std::string_view, 7> account_read{
    "id", "currency", "status", "overdraft_minor", "minimum_minor", "kyc", "opening_minor"};
constexpr std::array<std::string_view, 8> account_ignored{
    "opened_at", "opened_seq", "opened_shard", "changed_at",
    "version",   "program",    "holder_id",    "name"};
constexpr std::array<std::string_view, 6> card_read{"program", "token",       "account_id",
                                                    "status",  "active_from", "expires_at"};
constexpr std::array<std::string_view, 3> card_ignored{"locked_to", "changed_at", "version"};
constexpr std::array<std::string_view, 4> control_read{"owner", "id", "image", "removed_at"};
constexpr std::array<std::string_view, 12> control_ignored{
    "account_id", "counter_id", "changed_at", "state_seq", "state_shard", "version",
    "level",      "mode",       "check_kind", "program",   "card_token",  "definition"};
constexpr std::array<std::string_view, 5> credit_read{"id", "account_id", "amount_minor",
                                                      "currency", "kind"};
constexpr std::array<std::string_view, 3> credit_ignored{"created_at", "created_by", "reference"};

Columns columns_of(MirroredTable table) noexcept {
  switch (table) {
    case MirroredTable::account: return {account_read, account_ignored};
    case MirroredTable::card: return {card_read, card_ignored};
    case MirroredTable::spend_control: return {control_read, control_ignored};
    case MirroredTable::credit: break;
  }
  return {credit_read, credit_ignored};
}

// Reads the values of one row; the first that cannot be read is kept.
class Fields {
 public:
  Fields(MirroredTable table, const MirroredFields& fields) : table_(table), fields_(fields) {}

  template <std::integral T>
  T number(std::size_t column) {
    return known(column, parse_number<T>(text(column)));
  }
  template <class Enum>
  Enum enumerator(std::size_t column, Enum last) {  // enumerators are numbered 1..last
    const auto value = number<std::int16_t>(column);
    if (value < 1 || value > static_cast<std::int16_t>(last)) fail(column);
    return static_cast<Enum>(value);
  }
  template <class Id>
  Id identifier(std::size_t column) {
    return known(column, Id::from(text(column)));
  }
  template <class Id>
  Id numbered(std::size_t column) {  // from 1 on
    const auto value = number<std::int64_t>(column);
    if (value < 1) fail(column);
    return Id{value};
  }
  core::Currency currency(std::size_t column) {
    return known(column, core::Currency::from_alpha(text(column)));
  }
  core::Timestamp time(std::size_t column) { return known(column, parse_time(text(column))); }
  std::vector<std::byte> bytes(std::size_t column) {
    return known(column, parse_bytes(text(column)));
  }
  bool is_null(std::size_t column) const noexcept {
    return fields_[column].kind == Value::Kind::null;
  }

  void fail(std::size_t column) {
    if (!bad_) bad_ = column;
  }
  template <class T>
  core::Result<T, RowFault> result(T value) const {
    if (!bad_) return value;
    return Unexpected{RowFault{RowFault::Code::bad_value, table_,
                               std::string(columns_of(table_).read[*bad_]), std::nullopt}};
  }

 private:
  std::string_view text(std::size_t column) {
    if (fields_[column].kind != Value::Kind::text) fail(column);
    return fields_[column].text;
  }
  template <class T>
  T known(std::size_t column, const std::optional<T>& value) {
    if (!value) fail(column);
    return value.value_or(T{});
  }

  MirroredTable table_;
  const MirroredFields& fields_;
  std::optional<std::size_t> bad_;
};

ControlKey read_control_key(Fields& in) {
  core::ControlSet set;
  if (!store::read_key(text_of(in.bytes(control_column::owner)), set)) {
    in.fail(control_column::owner);
  }
  return {set.owner, in.numbered<core::ControlId>(control_column::id)};
}

MirroredKey read_any_key(MirroredTable table, Fields& in) {
  switch (table) {
    case MirroredTable::account: return in.numbered<core::AccountId>(account_column::id);
    case MirroredTable::card:
      return CardKey{in.identifier<core::ProgramId>(card_column::program),
                     in.identifier<core::CardToken>(card_column::token)};
    case MirroredTable::spend_control: return read_control_key(in);
    case MirroredTable::credit: break;
  }
  return in.numbered<CreditKey>(credit_column::id);
}

core::Command read_account(Fields& in) {
  core::Account r;
  r.id = in.numbered<core::AccountId>(account_column::id);
  r.currency = in.currency(account_column::currency);
  r.status = in.enumerator(account_column::status, core::AccountStatus::closed);
  r.overdraft_minor = in.number<std::int64_t>(account_column::overdraft);
  r.minimum_minor = in.number<std::int64_t>(account_column::minimum);
  r.kyc = in.enumerator(account_column::kyc, core::kyc_last);
  r.posted_minor = in.number<std::int64_t>(account_column::opening);
  return core::MirrorAccount{r};
}

core::Command read_card(Fields& in) {
  core::Card r;
  r.program = in.identifier<core::ProgramId>(card_column::program);
  r.token = in.identifier<core::CardToken>(card_column::token);
  r.account = in.numbered<core::AccountId>(card_column::account);
  r.status = in.enumerator(card_column::status, core::CardStatus::closed);
  r.active_from = in.time(card_column::active_from);
  r.expires_at = in.time(card_column::expires_at);
  return core::MirrorCard{r};
}

core::Command read_control(Fields& in) {
  const auto [owner, id] = read_control_key(in);
  if (!in.is_null(control_column::removed_at)) return core::MirrorRemoval{owner, id};
  const auto control = decode_control(in.bytes(control_column::image));
  if (!control || control->id != id) {
    in.fail(control_column::image);
    return core::MirrorRemoval{};
  }
  return core::MirrorControl{owner, *control};
}

core::Command read_credit(Fields& in) {
  core::MoveMoney r;
  r.program = credit_program;
  const auto id = in.numbered<CreditKey>(credit_column::id).id;
  r.id = *core::MessageId::from(std::to_string(id));
  r.kind = in.enumerator(credit_column::kind, core::transfer_kind_last);
  r.to = in.numbered<core::AccountId>(credit_column::account);
  r.amount = {in.number<std::int64_t>(credit_column::amount), in.currency(credit_column::currency)};
  r.mirrored = true;
  if (!core::is_valid(r)) in.fail(credit_column::kind);
  return r;
}

core::Command read_any(MirroredTable table, Fields& in) {
  switch (table) {
    case MirroredTable::account: return read_account(in);
    case MirroredTable::card: return read_card(in);
    case MirroredTable::spend_control: return read_control(in);
    case MirroredTable::credit: break;
  }
  return read_credit(in);
}

// A text of SQL, whatever is in it and however the server reads backslashes.
std::string literal(std::string_view text) {
  return "convert_from(decode('" + to_hex(text) + "', 'hex'), 'UTF8')";
}

struct Condition {
  std::string operator()(core::AccountId id) const { return "id = " + std::to_string(id.value); }
  std::string operator()(const CardKey& key) const {
    return "program = " + literal(key.program.view()) + " AND token = " + literal(key.token.view());
  }
  std::string operator()(const ControlKey& key) const {
    return "owner = decode('" + to_hex(controls_key(key.owner).view()) +
           "', 'hex') AND id = " + std::to_string(key.control.value);
  }
  std::string operator()(CreditKey key) const { return "id = " + std::to_string(key.id); }
};

// For people.
struct Shown {
  std::string operator()(core::AccountId id) const { return std::to_string(id.value); }
  std::string operator()(const CardKey& key) const {
    return std::string(key.program.view()).append(" ").append(key.token.view());
  }
  std::string operator()(const ControlKey& key) const { return std::to_string(key.control.value); }
  std::string operator()(CreditKey key) const { return std::to_string(key.id); }
};

}  // namespace

std::string_view name(MirroredTable table) noexcept {
  switch (table) {
    case MirroredTable::account: return "account";
    case MirroredTable::card: return "card";
    case MirroredTable::spend_control: return "spend_control";
    case MirroredTable::credit: return "credit";
  }
  return "unknown";
}

std::optional<MirroredTable> mirrored_table(std::string_view schema,
                                            std::string_view table_name) noexcept {
  if (schema != "authd") return std::nullopt;
  for (const MirroredTable table : mirrored_tables) {
    if (name(table) == table_name) return table;
  }
  return std::nullopt;
}

MirroredTable table_of(const MirroredKey& key) noexcept { return mirrored_tables[key.index()]; }

std::string condition_of(const MirroredKey& key) { return std::visit(Condition{}, key); }

std::string_view name(RowFault::Code code) noexcept {
  switch (code) {
    case RowFault::Code::unknown_column: return "unknown_column";
    case RowFault::Code::missing_column: return "missing_column";
    case RowFault::Code::bad_value: return "bad_value";
    case RowFault::Code::bad_shape: return "bad_shape";
    case RowFault::Code::unannounced: return "unannounced";
  }
  return "unknown";
}

std::string describe(const RowFault& fault) {
  std::string text(name(fault.code));
  text.append(" in authd.").append(name(fault.table));
  if (!fault.column.empty()) text.append(", column ").append(fault.column);
  if (fault.row) text.append(", row ").append(std::visit(Shown{}, *fault.row));
  return text;
}

std::string columns_list(MirroredTable table) {
  std::string list;
  for (const std::string_view column : columns_of(table).read) {
    list.append(list.empty() ? "" : ", ").append(column);
  }
  return list;
}

core::Result<RowShape, RowFault> RowShape::of(MirroredTable table,
                                              std::span<const std::string> columns) {
  const auto [read, ignored] = columns_of(table);
  for (const std::string& column : columns) {
    if (std::find(read.begin(), read.end(), column) != read.end()) continue;
    if (std::find(ignored.begin(), ignored.end(), column) != ignored.end()) continue;
    return Unexpected{RowFault{RowFault::Code::unknown_column, table, column, std::nullopt}};
  }
  RowShape shape;
  shape.table_ = table;
  shape.columns_ = columns.size();
  for (std::size_t i = 0; i < read.size(); ++i) {
    const auto place = std::find(columns.begin(), columns.end(), read[i]);
    if (place == columns.end()) {
      return Unexpected{
          RowFault{RowFault::Code::missing_column, table, std::string(read[i]), std::nullopt}};
    }
    shape.places_[i] = static_cast<std::size_t>(place - columns.begin());
  }
  return shape;
}

core::Result<MirroredFields, RowFault> RowShape::fields(const pgoutput::Tuple& row) const {
  if (row.size() != columns_) {
    return Unexpected{RowFault{RowFault::Code::bad_shape, table_, {}, std::nullopt}};
  }
  MirroredFields fields{};
  for (std::size_t i = 0; i < columns_of(table_).read.size(); ++i) fields[i] = row[places_[i]];
  return fields;
}

void complete(MirroredFields& fields, const MirroredFields& old) noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].kind == Value::Kind::unchanged) fields[i] = old[i];
  }
}

bool is_complete(const MirroredFields& fields) noexcept {
  return std::none_of(fields.begin(), fields.end(),
                      [](const Value& value) { return value.kind == Value::Kind::unchanged; });
}

core::Result<MirroredKey, RowFault> read_key(MirroredTable table, const MirroredFields& fields) {
  Fields in(table, fields);
  return in.result(read_any_key(table, in));
}

core::Result<core::Command, RowFault> read_row(MirroredTable table, const MirroredFields& fields) {
  Fields in(table, fields);
  auto command = in.result(read_any(table, in));
  if (command) return command;
  RowFault fault = command.error();
  if (const auto key = read_key(table, fields)) fault.row = *key;
  return Unexpected{fault};
}

}  // namespace authd::store
