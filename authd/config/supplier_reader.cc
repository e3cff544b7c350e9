#include "authd/config/supplier_reader.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "authd/config/fee_reader.h"
#include "authd/config/pass_reader.h"
#include "authd/config/value_reader.h"
#include "authd/recon/source_reader.h"

namespace authd {

namespace {

namespace fs = std::filesystem;

using recon::Books;
using recon::Field;
using recon::Supplier;
using recon::Suppliers;

constexpr std::size_t suppliers_max = 1'000;
constexpr std::size_t name_bytes_max = 32;
constexpr std::int64_t days_max = 400;  // holds do not last longer

std::string read_name(TableReader& in) {
  std::string name = in.required_text("name");
  const bool is_word =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
  if (name.size() > name_bytes_max || !is_word) {
    in.refuse("name", "must be 1 to 32 characters of a-z, 0-9, - and _");
  }
  return name;
}

// Whether the description could be read.
bool read_source(TableReader& in, const fs::path& base, Supplier& supplier) {
  const std::string file = in.required_text("source");
  if (file.empty()) return false;
  auto source = recon::load_source(base / file);
  if (!source) {
    for (const ConfigError& error : source.error()) in.refuse("source", error.text(file));
    return false;
  }
  supplier.source = *std::move(source);
  return true;
}

core::ProgramId read_program_id(TableReader& in, const std::vector<ProgramConfig>& programs) {
  const std::string id = in.required_text("program");
  const auto found = std::find_if(programs.begin(), programs.end(),
                                  [&id](const auto& p) { return p.program.id.view() == id; });
  if (found != programs.end()) return found->program.id;
  if (!id.empty()) in.refuse("program", "\"" + id + "\" is the id of no [[program]]");
  return {};
}

void read_books(TableReader& in, Supplier& supplier) {
  // All but corrections: with those we settle differences, and no supplier states them.
  static const std::array<std::string_view, 6> kinds{
      name(core::TransferKind::top_up), name(core::TransferKind::withdrawal),
      name(core::TransferKind::fee),    name(core::TransferKind::transfer),
      name(core::TransferKind::wire),   name(core::TransferKind::referral)};
  const std::size_t errors_before = in.error_count();
  supplier.books = read_word<Books>(in, "books", recon::books_names, "card").value_or(Books::card);
  supplier.transfer_kinds = read_words<core::TransferKind>(in, "transfer_kinds", kinds);
  if (in.error_count() != errors_before) return;
  if (supplier.books == Books::card) {
    refuse_present(in, {"transfer_kinds"}, "is of transfers alone");
  } else if (supplier.transfer_kinds.empty()) {
    in.refuse("transfer_kinds", "is required: " + choice_of(kinds));
  }
}

// What a line keeps as text.
bool is_text(Field field) {
  switch (field) {
    case Field::reference:
    case Field::kind:
    case Field::card:
    case Field::account:
    case Field::merchant:
    case Field::merchant_name:
    case Field::counterparty:
    case Field::authorization_code:
    case Field::batch: return true;
    case Field::occurred_at:
    case Field::settled_on:
    case Field::amount:
    case Field::direction:
    case Field::currency:
    case Field::fee:
    case Field::status: break;
  }
  return false;
}

bool has_text(const recon::Source& source, std::string_view column) {
  for (std::size_t i = 0; i < recon::field_count; ++i) {
    const auto field = static_cast<Field>(i);
    if (name(field) == column && is_text(field) && source.column(field)) return true;
  }
  return std::any_of(source.extra.begin(), source.extra.end(),
                     [column](const auto& extra) { return extra.first == column; });
}

void read_references(TableReader& in, const SupplierContext& context, Supplier& supplier) {
  supplier.our_reference = in.text("our_reference", supplier.our_reference);
  if (in.has("authorization")) supplier.authorization = in.required_text("authorization");
  if (!context.is_source_known) return;
  const auto check = [&](std::string_view key, const std::string& column) {
    if (has_text(supplier.source, column)) return;
    in.refuse(key, "\"" + column + "\" is no column of text in " + supplier.source.name +
                       ", nor one of its columns.extra");
  };
  check("our_reference", supplier.our_reference);
  if (!supplier.authorization.empty()) check("authorization", supplier.authorization);
}

void read_limits(TableReader& in, Supplier& s) {
  s.run_max_count = read_optional_count(in, "run_max_count");
  s.run_max_minor = read_optional_minor(in, "run_max_minor");
  s.date_tolerance_s = in.integer("date_tolerance_s", s.date_tolerance_s, 0, window_s_max);
  s.margin_s = in.integer("margin_s", s.margin_s, 0, window_s_max);
  s.clear_within_s = in.integer("clear_within_s", s.clear_within_s, 1, days_max * core::s_per_day);
  s.period_days_max =
      static_cast<std::int32_t>(in.integer("period_days_max", s.period_days_max, 1, days_max));
  s.approval_above_minor = read_minor(in, "approval_above_minor");
}

void refuse_no_directory(TableReader& in, std::string_view key, const fs::path& path) {
  std::error_code none;
  const auto status = fs::status(path, none);
  if (!fs::exists(status))
    in.refuse(key, path.string() + " does not exist");
  else if (!fs::is_directory(status))
    in.refuse(key, path.string() + " is no directory");
}

void read_directory(TableReader& in, const fs::path& base, Supplier& supplier) {
  if (in.has("directory")) {
    const std::string directory = in.required_text("directory");
    if (!directory.empty()) supplier.directory = base / directory;
  }
  supplier.is_watched = in.boolean("watched", false);
  if (!supplier.is_watched) return;
  if (!in.has("directory")) {
    in.refuse("watched", "needs a directory");
  } else if (!supplier.directory.empty()) {
    refuse_no_directory(in, "directory", supplier.directory);
  }
}

Supplier read_supplier(TableReader& in, const fs::path& base,
                       const std::vector<ProgramConfig>& programs) {
  Supplier supplier;
  supplier.name = read_name(in);
  const SupplierContext context{supplier, read_source(in, base, supplier)};
  supplier.program = read_program_id(in, programs);
  read_books(in, supplier);
  supplier.are_debits_positive = in.boolean("debits_positive", false);
  read_references(in, context, supplier);
  read_limits(in, supplier);
  if (supplier.books != Books::card) {
    refuse_present(in, {"authorization", "clear_within_s"}, "is of card books alone");
  }
  read_directory(in, base, supplier);
  supplier.fees = read_fees(in, context);
  supplier.rates = read_rates(in);
  supplier.rules = read_rules(in, context);
  supplier.passes = read_passes(in, context);
  return supplier;
}

bool is_same_directory(const fs::path& a, const fs::path& b) {
  return (a / "").lexically_normal() == (b / "").lexically_normal();
}

// Whose file it is must be clear: an upload or another supplier's must not be taken for its own.
void check_directory(TableReader& in, const Supplier& supplier, const fs::path& spool,
                     const std::vector<Supplier>& earlier) {
  if (supplier.directory.empty()) return;
  if (!spool.empty() && is_same_directory(supplier.directory, spool)) {
    in.refuse("directory", "must not be the spool");
  }
  for (const Supplier& other : earlier) {
    if (other.directory.empty() || !is_same_directory(supplier.directory, other.directory)) {
      continue;
    }
    if (supplier.is_watched || other.is_watched) {
      in.refuse("directory",
                "is that of \"" + other.name + "\": one that is watched has one supplier");
    }
  }
}

void check_name(TableReader& in, const Supplier& supplier, const std::vector<Supplier>& earlier) {
  const bool is_taken = std::any_of(earlier.begin(), earlier.end(), [&supplier](const auto& other) {
    return other.name == supplier.name;
  });
  if (is_taken && !supplier.name.empty()) in.refuse("name", "stands twice");
}

}  // namespace

Suppliers read_reconciliation(TableReader& in, const fs::path& base,
                              const std::vector<ProgramConfig>& programs) {
  Suppliers all;
  const std::string spool = in.required_text("spool");
  if (!spool.empty()) all.spool = base / spool;
  all.file_bytes_max = static_cast<std::uint64_t>(
      in.integer("file_bytes_max", static_cast<std::int64_t>(all.file_bytes_max), 1'024,
                 std::int64_t{1} << 40));
  all.runs_at_once = static_cast<std::int32_t>(in.integer("runs_at_once", all.runs_at_once, 1, 16));
  all.work_memory_mib =
      static_cast<std::int32_t>(in.integer("work_memory_mib", all.work_memory_mib, 1, 4'096));
  all.watch_s = in.integer("watch_s", all.watch_s, 1, 3'600);
  const auto read = [&](TableReader& table, const std::vector<Supplier>& earlier) {
    Supplier supplier = read_supplier(table, base, programs);
    check_name(table, supplier, earlier);
    check_directory(table, supplier, all.spool, earlier);
    return supplier;
  };
  all.suppliers = read_each<Supplier>(in, "supplier", suppliers_max, read);
  if (all.suppliers.empty()) {
    in.refuse("supplier", "is required: add at least one [[reconciliation.supplier]]");
  }
  in.refuse_unknown_keys();
  return all;
}

}  // namespace authd
