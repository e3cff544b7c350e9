// RowDigest: what a set of rows comes to, whatever their order: how many, and the sum modulo 2^64
// of the first seven bytes of the SHA-256 of each row as text.
//
// The text of a row is that of a composite value in PostgreSQL ("Composite Value Input" in its
// documentation), so that the server can say what the rows of a table come to: digest_query().

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/archive/csv.h"

namespace authd::store {

class RowDigest {
 public:
  RowDigest() = default;
  RowDigest(std::uint64_t rows, std::uint64_t sum) : rows_(rows), sum_(sum) {}

  void add(std::span<const CsvField> row);
  void add(const RowDigest& other) noexcept {
    rows_ += other.rows_;
    sum_ += other.sum_;
  }

  std::uint64_t rows() const noexcept { return rows_; }
  std::uint64_t sum() const noexcept { return sum_; }
  friend bool operator==(const RowDigest& a, const RowDigest& b) noexcept {
    return a.rows_ == b.rows_ && a.sum_ == b.sum_;
  }

 private:
  std::uint64_t rows_ = 0;
  std::uint64_t sum_ = 0;
  std::string text_;  // of one row; kept for its memory
};

// A SELECT of the two numbers as text.
std::string digest_query(const std::string& table, const std::vector<std::string>& columns);

}  // namespace authd::store
