#include "authd/recon/source_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>

#include "authd/config/table_reader.h"
#include "authd/config/time_zones.h"

namespace authd::recon {

namespace {

// The enumerator whose word stands at the key; enumerators count from 1.
template <class Enum, std::size_t count>
Enum read_word(TableReader& table, std::string_view key,
               const std::array<std::string_view, count>& words, Enum fallback) {
  const std::string_view usual = words[static_cast<std::size_t>(fallback) - 1];
  const std::string word = table.text(key, usual);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<Enum>(found - words.begin() + 1);
  std::string all;
  for (const std::string_view w : words) all += (all.empty() ? "" : ", ") + std::string(w);
  table.refuse(key, "must be one of " + all);
  return fallback;
}

// A byte that can stand between columns or around them.
char read_mark(TableReader& table, std::string_view key, std::string_view fallback,
               bool is_optional) {
  const std::string text = table.text(key, fallback);
  if (text.empty() && is_optional) return '\0';
  const char mark = text.empty() ? '\0' : text.front();
  const bool is_word =
      (mark >= '0' && mark <= '9') || (mark >= 'a' && mark <= 'z') || (mark >= 'A' && mark <= 'Z');
  const bool is_mark = mark == '\t' || (mark >= ' ' && mark < '\x7F' && !is_word);
  if (text.size() == 1 && is_mark) return mark;
  table.refuse(key, "must be one ASCII character, neither a letter nor a digit");
  return fallback.front();
}

void read_format(TableReader& root, Source& source) {
  source.format.delimiter = read_mark(root, "delimiter", ",", false);
  source.format.quote = read_mark(root, "quote", "\"", true);
  if (source.format.delimiter == source.format.quote) {
    root.refuse("quote", "must not be the delimiter");
  }
  source.format.record_bytes_max =
      static_cast<std::size_t>(root.integer("line_bytes_max", 65'536, 256, 1'048'576));
  const auto columns_max = static_cast<std::int64_t>(source.format.columns_max);
  source.encoding = read_word(
      root, "encoding", std::array<std::string_view, 3>{"utf-8", "iso-8859-1", "windows-1252"},
      Encoding::utf_8);
  source.has_header = root.boolean("header", true);
  source.lines_before = static_cast<std::size_t>(root.integer("lines_before", 0, 0, 1'000));
  source.column_count = static_cast<std::size_t>(root.integer("column_count", 0, 1, columns_max));
}

Column read_column(TableReader& table, std::string_view key, const Source& source) {
  Column column;
  if (source.has_header) {
    column.name = table.required_text(key);
    return column;
  }
  const auto last = source.column_count > 0 ? source.column_count : source.format.columns_max;
  column.position =
      static_cast<std::size_t>(table.integer(key, 1, 1, static_cast<std::int64_t>(last)));
  return column;
}

void read_columns(TableReader& root, Source& source) {
  auto table = root.reader("columns");
  if (!table) {
    if (!root.has("columns")) root.refuse("columns", "is required");
    return;
  }
  for (std::size_t i = 0; i < field_count; ++i) {
    if (table->has(field_names[i])) {
      source.columns[i] = read_column(*table, field_names[i], source);
    }
  }
  for (const Field field : {Field::reference, Field::occurred_at, Field::amount}) {
    if (!source.column(field)) table->refuse(name(field), "is required");
  }
  if (auto extra = table->reader("extra")) {
    for (const std::string& key : extra->keys()) {
      source.extra.emplace_back(key, read_column(*extra, key, source));
    }
  }
  table->refuse_unknown_keys();
}

std::vector<TimeFormat> read_patterns(TableReader& table, std::string_view key) {
  std::vector<TimeFormat> formats;
  for (const std::string& pattern : table.texts(key)) {
    if (auto format = TimeFormat::compile(pattern)) {
      formats.push_back(*std::move(format));
    } else {
      table.refuse(key, "\"" + pattern + "\" is not made of YYYY MM MMM DD HH hh A mm ss f Z T");
    }
  }
  return formats;
}

void read_time(TableReader& root, Source& source) {
  auto table = root.reader("time");
  if (!table) {
    if (!root.has("time")) root.refuse("time", "is required");
    return;
  }
  const std::size_t errors_before = root.error_count();
  source.time_formats = read_patterns(*table, "formats");
  source.date_formats = read_patterns(*table, "date_formats");
  const bool is_read = root.error_count() == errors_before;
  if (is_read && source.time_formats.empty()) table->refuse("formats", "is required");
  if (is_read && source.column(Field::settled_on) && source.date_formats.empty()) {
    table->refuse("date_formats", "is required by columns.settled_on");
  }
  const std::string zone = table->required_text("zone");
  if (auto found = load_time_zone(zone)) {
    source.zone = *std::move(found);
  } else if (!zone.empty()) {
    table->refuse("zone", "is not a time zone of the system's database");
  }
  table->refuse_unknown_keys();
}

void read_direction(TableReader& amount, Source& source) {
  const bool has_words = !source.amount.debit_words.empty() || !source.amount.credit_words.empty();
  const bool has_column = source.column(Field::direction).has_value();
  if (source.amount.sign != Sign::column) {
    if (has_column || has_words) {
      amount.refuse("sign", "must be \"column\" where a column tells debit and credit");
    }
    return;
  }
  if (!has_column) amount.refuse("sign", "\"column\" needs columns.direction");
  if (source.amount.debit_words.empty()) amount.refuse("debit_words", "is required");
  if (source.amount.credit_words.empty()) amount.refuse("credit_words", "is required");
  for (const std::string& word : source.amount.debit_words) {
    const auto& credits = source.amount.credit_words;
    if (std::find(credits.begin(), credits.end(), word) != credits.end()) {
      amount.refuse("credit_words", "\"" + word + "\" is a debit word too");
    }
  }
}

void read_amount(TableReader& root, Source& source) {
  auto table = root.reader("amount");
  if (!table) {
    if (source.column(Field::direction)) root.refuse("amount", "is required by columns.direction");
    return;
  }
  AmountFormat& amount = source.amount;
  amount.units =
      read_word(*table, "units", std::array<std::string_view, 2>{"major", "minor"}, Units::major);
  amount.sign =
      read_word(*table, "sign",
                std::array<std::string_view, 6>{"leading", "trailing", "parentheses", "column",
                                                "always_positive", "always_negative"},
                Sign::leading);
  const std::string decimal_mark = table->text("decimal_mark", ".");
  if (decimal_mark != "." && decimal_mark != ",") {
    table->refuse("decimal_mark", "must be \".\" or \",\"");
  } else {
    amount.decimal_mark = decimal_mark.front();
  }
  amount.grouping_mark = table->text("grouping_mark", "");
  constexpr std::string_view grouping_marks(",. '");
  if (amount.grouping_mark.size() > 1 || amount.grouping_mark == decimal_mark ||
      grouping_marks.find(amount.grouping_mark) == std::string_view::npos) {
    table->refuse("grouping_mark",
                  "must be empty or one of , . ' and the blank, and not the decimal mark");
  }
  amount.debit_words = table->texts("debit_words");
  amount.credit_words = table->texts("credit_words");
  read_direction(*table, source);
  table->refuse_unknown_keys();
}

void read_currency(TableReader& root, Source& source) {
  const std::string alpha = root.text("currency", "");
  if (!alpha.empty()) {
    source.currency = core::Currency::from_alpha(alpha);
    if (!source.currency) root.refuse("currency", "is no currency of ISO 4217, such as \"ZAR\"");
  } else if (!source.column(Field::currency)) {
    root.refuse("currency", "is required without columns.currency");
  }
}

void read_status(TableReader& root, Source& source) {
  auto table = root.reader("status");
  if (!table) {
    if (source.column(Field::status)) root.refuse("status", "is required by columns.status");
    return;
  }
  for (std::size_t i = 0; i < line_status_names.size(); ++i) {
    for (const std::string& word : table->texts(line_status_names[i])) {
      const auto status = static_cast<LineStatus>(i + 1);
      if (!source.status.words.emplace(word, status).second) {
        table->refuse(line_status_names[i],
                      "\"" + word + "\" stands here twice or in another list");
      }
    }
  }
  // Without the key, lines with unknown words are set aside.
  if (table->has("unknown")) {
    source.status.unknown = read_word(*table, "unknown", line_status_names, LineStatus::pending);
  }
  source.status.without_column =
      read_word(*table, "without_column", line_status_names, LineStatus::settled);
  table->refuse_unknown_keys();
}

void read_trailer(TableReader& root, Source& source) {
  auto table = root.reader("trailer");
  if (!table) return;
  const auto columns_max = static_cast<std::int64_t>(source.format.columns_max);
  Trailer trailer;
  trailer.first_column = table->required_text("first_column");
  trailer.count = static_cast<std::size_t>(table->integer("count", 0, 2, columns_max));
  trailer.total = static_cast<std::size_t>(table->integer("total", 0, 2, columns_max));
  const std::string total_of = table->text("total_of", "signed");
  if (total_of != "signed" && total_of != "absolute") {
    table->refuse("total_of", "must be one of signed, absolute");
  }
  trailer.is_absolute = total_of == "absolute";
  if (trailer.count == 0 && trailer.total == 0 && !table->has("count") && !table->has("total")) {
    table->refuse("count", "or total is required: there is nothing to verify");
  }
  table->refuse_unknown_keys();
  source.trailer = std::move(trailer);
}

Source read_source(const toml::table& table, std::vector<ConfigError>& errors) {
  TableReader root(table, "", errors);
  Source source;
  source.name = root.required_text("name");
  source.description = root.text("description", "");
  read_format(root, source);
  read_columns(root, source);
  read_time(root, source);
  read_amount(root, source);
  read_currency(root, source);
  read_status(root, source);
  read_trailer(root, source);
  root.refuse_unknown_keys();
  return source;
}

}  // namespace

core::Result<Source, std::vector<ConfigError>> load_source(const std::filesystem::path& file) {
  std::vector<ConfigError> errors;
  if (!std::ifstream(file)) {
    errors.push_back({0, "", "cannot be read"});
    return core::Unexpected{errors};
  }
  try {
    const toml::table table = toml::parse_file(file.string());
    Source source = read_source(table, errors);
    if (errors.empty()) return source;
  } catch (const toml::parse_error& error) {
    errors.push_back({error.source().begin.line, "", std::string(error.description())});
  }
  return core::Unexpected{errors};
}

}  // namespace authd::recon
