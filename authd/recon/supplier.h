// Supplier: whose files are reconciled with which part of our books, and how.
//
// Passes run in the order in which they stand; what an earlier one has matched, later ones do not
// see. After the last one, lines and items with the same reference are paired whatever else differs
// (Method::reference_only), so that what differs is named rather than missing on both sides.
//
// What is stated is compared with an item: an entry of the ledger.
//
//   books      items                                   reference     authorization   group
//   ─────────  ──────────────────────────────────────  ────────────  ──────────────  ─────────────
//   card       clearings, refunds and chargebacks of   notice's id   its key         its key
//              the program
//   transfers  transfers of the program                transfer id   none            its reference
//
// Amounts are minor units of the line's currency; rates of basis points are applied to amounts
// without their signs and rounded half up.

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/recon/source.h"
#include "core/identifiers.h"
#include "core/money.h"
#include "core/transfer.h"

namespace authd::recon {

// Stored: numbers are never reused.
enum class Books : std::uint8_t { card = 1, transfers = 2 };
inline constexpr std::array<std::string_view, 2> books_names{"card", "transfers"};

// Stored. A person's is `manual`.
enum class Method : std::uint8_t {
  reference = 1,            // same reference, amount and currency
  reference_tolerance = 2,  // same reference and currency, the amount within the tolerance
  amount_window = 3,        // same amount, currency and `same`; times at most window_s apart
  one_to_many = 4,          // one item is the sum of several lines with the same key
  many_to_one = 5,          // one line is the sum of several items with the same key
  many_to_many = 6,         // several of both, with the same key and sum
  net_of_fee = 7,           // same reference and currency; the line is the item less the fee
  currency = 8,             // same reference, another currency; the amounts fit the rate
  reference_only = 9,       // same reference, and something differs
  manual = 10,
};
inline constexpr std::array<std::string_view, 10> method_names{
    "reference",    "reference_tolerance", "amount_window", "one_to_many",    "many_to_one",
    "many_to_many", "net_of_fee",          "currency",      "reference_only", "manual"};
constexpr std::string_view name(Method method) noexcept {
  return method_names[static_cast<std::size_t>(method) - 1];
}

// What lines and items can have in common.
enum class Key : std::uint8_t {
  reference = 1,
  authorization = 2,  // card books alone
  card = 3,           // likewise
  merchant = 4,       // likewise: the acceptor's id
  account = 5,        // its number
  batch = 6,          // of an item: its group, see above
  day = 7,            // in the source's time zone
};
inline constexpr std::array<std::string_view, 7> key_names{
    "reference", "authorization", "card", "merchant", "account", "batch", "day"};

// The larger of the two; 0: none.
struct Tolerance {
  std::int64_t minor = 0;
  std::int64_t basis_points = 0;
};

struct Pass {
  Method method = Method::reference;  // reference to currency
  std::int32_t confidence = 100;      // of what it matches, 1 to 100
  Tolerance tolerance;        // of reference_tolerance, net_of_fee, currency and sums of groups
  std::int64_t window_s = 0;  // of amount_window
  std::vector<Key> same;      // of amount_window and of groups: at least one
};

// What a line's fee must be.
struct Fee {
  std::string kind;                        // of the lines it is of; empty: of all others
  std::optional<core::Currency> currency;  // likewise
  std::int64_t fixed_minor = 0;
  std::int64_t basis_points = 0;
  std::int64_t min_minor = 0;
  std::optional<std::int64_t> max_minor;
  Tolerance tolerance;
};

// One minor unit of `from` is `rate` minor units of `to`, to nine digits behind the point.
struct Rate {
  core::Currency from;  // of the line
  core::Currency to;    // of the item
  std::int64_t rate_e9 = 0;
};

enum class RuleKind : std::uint8_t {
  timing = 1,              // missing on one side, or of another date: within window_s
  rounding = 2,            // an amount differs by each_max_minor at most
  known_fee = 3,           // an amount differs by the expected fee, or the fee by each_max_minor
  status_progression = 4,  // stated as pending what is booked, or the reverse
};
inline constexpr std::array<std::string_view, 4> rule_names{"timing", "rounding", "known_fee",
                                                            "status_progression"};

// Resolves what it fits, in the order of lines and items, until a limit is reached.
struct Rule {
  std::string name;  // unique among the supplier's
  RuleKind kind = RuleKind::rounding;
  std::int64_t each_max_minor = 0;            // of a difference, without its sign
  std::int64_t window_s = 0;                  // of timing
  std::optional<std::int64_t> run_max_count;  // in one run
  std::optional<std::int64_t> run_max_minor;  // in one run and currency
};

struct Supplier {
  std::string name;  // 1 to 32 of a-z, 0-9, - and _
  Source source;
  core::ProgramId program;  // whose books
  Books books = Books::card;
  std::vector<core::TransferKind> transfer_kinds;  // of Books::transfers
  bool are_debits_positive = false;                // as the source reads them
  std::string our_reference = "reference";         // field or extra column that has our id
  std::string authorization;  // field or extra column that names the authorization; empty: none
  std::vector<Pass> passes;
  std::vector<Fee> fees;
  std::vector<Rate> rates;
  std::vector<Rule> rules;
  std::optional<std::int64_t> run_max_count;  // of all rules together
  std::optional<std::int64_t> run_max_minor;  // likewise, by currency
  std::int64_t date_tolerance_s = 86'400;     // more apart is a discrepancy
  std::int64_t margin_s = 3 * 86'400;         // items so long before and after the period can match
  std::int64_t clear_within_s = 7 * 86'400;   // of card books: then an authorization is overdue
  std::int32_t period_days_max = 45;          // of a file whose period is not given
  std::int64_t approval_above_minor = 0;      // write-offs and adjustments above need two people
  std::filesystem::path directory;            // its files; empty: uploads alone
  bool is_watched = false;                    // files that appear there are reconciled
};

// [reconciliation] and its suppliers.
struct Suppliers {
  std::filesystem::path spool;                            // uploads
  std::uint64_t file_bytes_max = std::uint64_t{4} << 30;  // as stored
  std::int32_t runs_at_once = 2;                          // of different suppliers
  std::int32_t work_memory_mib = 64;                      // of each run, in PostgreSQL
  std::int64_t watch_s = 5;                               // between two looks at the directories
  std::vector<Supplier> suppliers;

  const Supplier* find(std::string_view name) const noexcept;
};

}  // namespace authd::recon
