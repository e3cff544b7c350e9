// Rows: what PostgreSQL owns, as commands of the state.
//
// Columns are found by name. A column that this program does not know may mean anything, so its
// rows are refused, like rows whose values cannot be read: what is not understood is not applied.
//
//   authd.account        MirrorAccount, opened with its opening_minor
//   authd.card           MirrorCard
//   authd.spend_control  MirrorControl; MirrorRemoval where removed_at is set
//   authd.credit         MoveMoney under the program "credit" and the row's number
//
// Errors: a RowFault names the table, the column and the row.

#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/commands.h"
#include "store/mirror/pgoutput.h"

namespace authd::store {

enum class MirroredTable : std::uint8_t { account = 1, card = 2, spend_control = 3, credit = 4 };
inline constexpr std::array mirrored_tables{MirroredTable::account, MirroredTable::card,
                                            MirroredTable::spend_control, MirroredTable::credit};
std::string_view name(MirroredTable table) noexcept;  // "account"
std::optional<MirroredTable> mirrored_table(std::string_view schema,
                                            std::string_view name) noexcept;

// The program under which credits are transfers.
inline const core::ProgramId credit_program = *core::ProgramId::from("credit");

// What names a row for good.
struct CardKey {
  core::ProgramId program;
  core::CardToken token;
  friend bool operator==(const CardKey&, const CardKey&) = default;
};
struct ControlKey {
  core::Owner owner;
  core::ControlId control;
  friend bool operator==(const ControlKey&, const ControlKey&) = default;
};
struct CreditKey {
  std::int64_t id = 0;
  friend bool operator==(const CreditKey&, const CreditKey&) = default;
};
using MirroredKey = std::variant<core::AccountId, CardKey, ControlKey, CreditKey>;

MirroredTable table_of(const MirroredKey& key) noexcept;

// The rows with this key, as a condition of SQL; only hexadecimal digits and numbers go into it.
std::string condition_of(const MirroredKey& key);

struct RowFault {
  enum class Code : std::uint8_t {
    unknown_column = 1,  // the table has it, this program does not know it
    missing_column = 2,  // the other way round
    bad_value = 3,       // a value that does not exist here, or none at all
    bad_shape = 4,       // the row has not as many values as the table has columns
    unannounced = 5,     // a row of a table that the stream has not described
  };
  Code code = Code::bad_value;
  MirroredTable table = MirroredTable::account;
  std::string column;
  std::optional<MirroredKey> row;  // as far as it can be told
};
std::string_view name(RowFault::Code code) noexcept;
std::string describe(const RowFault& fault);  // "bad_value in authd.card, column status, row …"

// The values of a row that concern the state, in an order of their own.
using MirroredFields = std::array<pgoutput::Value, 8>;

std::string columns_list(MirroredTable table);  // of them, for a SELECT

// Where a table's rows have what concerns the state.
class RowShape {
 public:
  static core::Result<RowShape, RowFault> of(MirroredTable table,
                                             std::span<const std::string> columns);

  MirroredTable table() const noexcept { return table_; }
  core::Result<MirroredFields, RowFault> fields(const pgoutput::Tuple& row) const;

 private:
  MirroredTable table_ = MirroredTable::account;
  std::size_t columns_ = 0;
  std::array<std::size_t, std::tuple_size_v<MirroredFields>> places_{};
};

// Takes what did not change, and was not sent, from the old row.
void complete(MirroredFields& fields, const MirroredFields& old) noexcept;
bool is_complete(const MirroredFields& fields) noexcept;  // everything was sent

// Of the key columns alone.
core::Result<MirroredKey, RowFault> read_key(MirroredTable table, const MirroredFields& fields);

core::Result<core::Command, RowFault> read_row(MirroredTable table, const MirroredFields& fields);

}  // namespace authd::store
