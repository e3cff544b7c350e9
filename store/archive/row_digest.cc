#include "store/archive/row_digest.h"

#include <openssl/sha.h>

#include <array>

#include "store/archive/catalog.h"

namespace authd::store {

namespace {

void append_composite(const std::string& field, std::string& out) {
  const bool quoted =
      field.empty() || field.find_first_of("\"\\(), \t\n\v\f\r") != std::string::npos;
  if (!quoted) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"' || c == '\\') out += c;
    out += c;
  }
  out += '"';
}

}  // namespace

void RowDigest::add(std::span<const CsvField> row) {
  text_ = "(";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) text_ += ',';
    if (row[i]) append_composite(*row[i], text_);
  }
  text_ += ')';
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text_.data()), text_.size(), hash.data());
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < 7; ++i) first = first << 8U | hash[i];
  sum_ += first;
  ++rows_;
}

std::string digest_query(const std::string& table, const std::vector<std::string>& columns) {
  return "SELECT count(*)::text, coalesce(mod(sum(('x' || left(encode(sha256(convert_to(ROW(" +
         list_of(columns) +
         ")::text, 'UTF8')), 'hex'), 14))::bit(56)::bigint), 18446744073709551616), 0)::text"
         " FROM " +
         table;
}

}  // namespace authd::store
