#include "store/archive/csv.h"

namespace authd::store {

void append_csv(std::span<const CsvField> row, std::string& out) {
  bool first = true;
  for (const CsvField& field : row) {
    if (!first) out += ',';
    first = false;
    if (!field) continue;
    const bool quoted =
        field->empty() || *field == "\\." || field->find_first_of("\",\r\n") != std::string::npos;
    if (!quoted) {
      out += *field;
      continue;
    }
    out += '"';
    for (const char c : *field) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += '\n';
}

bool CsvReader::read(std::string_view bytes) {
  for (const char c : bytes) {
    if (++row_bytes_ > row_bytes_max || !step(c)) return false;
  }
  return true;
}

bool CsvReader::step(char c) {
  switch (state_) {
    case State::field:
      if (c == '"') {
        is_null_ = false;
        state_ = State::quoted;
        return true;
      }
      [[fallthrough]];
    case State::plain:
      if (c == ',') return end_field();
      if (c == '\n') return end_row();
      if (c == '"' || c == '\r') return false;
      is_null_ = false;
      field_ += c;
      state_ = State::plain;
      return true;
    case State::quoted:
      if (c == '"') {
        state_ = State::quote_in_quoted;
      } else {
        field_ += c;
      }
      return true;
    case State::quote_in_quoted:
      if (c == ',') return end_field();
      if (c == '\n') return end_row();
      if (c != '"') return false;
      field_ += c;
      state_ = State::quoted;
      return true;
  }
  return false;
}

bool CsvReader::end_field() {
  row_.push_back(is_null_ ? CsvField() : CsvField(std::move(field_)));
  field_.clear();
  is_null_ = true;
  state_ = State::field;
  return true;
}

bool CsvReader::end_row() {
  end_field();
  const bool goes_on = take_(row_);
  row_.clear();
  row_bytes_ = 0;
  return goes_on;
}

}  // namespace authd::store
