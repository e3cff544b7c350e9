// Encoding: values in PostgreSQL's binary formats, big-endian.
//
// A field is its length and its bytes; COPY BINARY and binary arrays share that. References:
// PostgreSQL 15 documentation, COPY, "Binary Format", and src/backend/utils/adt/arrayfuncs.c,
// array_recv.

#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/assert.h"
#include "core/time.h"
#include "store/format/bytes.h"

namespace authd::store {

// Numbers of pg_type for the types we send.
enum class PgType : std::uint32_t {
  boolean = 16,
  bytes = 17,
  int64 = 20,
  int16 = 21,
  int32 = 23,
  text = 25,
  time = 1184,
};

template <std::integral T>
constexpr T big_endian(T value) noexcept {
  static_assert(sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  return value;
}

// PostgreSQL counts microseconds since 2000-01-01. What lies beyond its calendar becomes ±infinity,
// which is also what the ends of our range are read back as.
constexpr std::int64_t pg_time(core::Timestamp at) noexcept {
  constexpr std::int64_t epoch_us = 946'684'800'000'000;
  constexpr std::int64_t first = -211'813'488'000'000'000;  // 4714-11-24 BC
  constexpr std::int64_t end = 9'223'371'331'200'000'000;   // 294277-01-01
  if (at.unix_us < first + epoch_us) return std::numeric_limits<std::int64_t>::min();
  if (at.unix_us >= end) return std::numeric_limits<std::int64_t>::max();
  return at.unix_us - epoch_us;
}

constexpr core::Timestamp from_pg_time(std::int64_t value) noexcept {
  constexpr std::int64_t epoch_us = 946'684'800'000'000;
  constexpr auto max = std::numeric_limits<std::int64_t>::max();
  if (value == std::numeric_limits<std::int64_t>::min()) return {value};
  return {value > max - epoch_us ? max : value + epoch_us};
}

// Appends fields to a buffer.
class PgFields {
 public:
  template <std::integral T>
  void number(T value) {
    raw(static_cast<std::int32_t>(sizeof value));
    raw(value);
  }
  template <std::integral T>
  void number(const std::optional<T>& value) {
    value ? number(*value) : null();
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void enumerator(Enum value) { number(static_cast<std::int16_t>(value)); }
  void flag(bool value) { number(static_cast<std::int8_t>(value)); }
  void time(core::Timestamp at) { number(pg_time(at)); }
  void text(std::string_view text) { bytes(bytes_of(text)); }
  void bytes(Bytes bytes) {
    raw(static_cast<std::int32_t>(bytes.size()));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void text_or_null(std::string_view value) { value.empty() ? null() : text(value); }
  void null() { raw(std::int32_t{-1}); }

 protected:
  template <std::integral T>
  void raw(T value) {
    value = big_endian(value);
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);
    std::memcpy(&out_[at], &value, sizeof value);
  }
  template <std::integral T>
  void overwrite(std::size_t at, T value) {
    value = big_endian(value);
    std::memcpy(&out_[at], &value, sizeof value);
  }

  std::vector<std::byte> out_;
};

// Rows for COPY … FROM STDIN BINARY.
class CopyRows : public PgFields {
 public:
  // The fields of the row follow, as many as `fields`.
  void row(std::int16_t fields) {
    if (rows_ == 0) begin();
    raw(fields);
    ++rows_;
  }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t size() const noexcept { return out_.size(); }

  // The whole stream. Nothing may be added after it.
  Bytes stream() {
    raw(std::int16_t{-1});
    return out_;
  }
  void clear() noexcept {
    out_.clear();
    rows_ = 0;
  }

 private:
  void begin() {
    constexpr std::string_view signature{"PGCOPY\n\377\r\n\0", 11};
    const Bytes bytes = bytes_of(signature);
    out_.assign(bytes.begin(), bytes.end());
    raw(std::int32_t{0});  // flags
    raw(std::int32_t{0});  // no header extension
  }

  std::size_t rows_ = 0;
};

// A one-dimensional array, as a parameter for unnest($n::type[]). Every field is an element.
class PgArray : public PgFields {
 public:
  explicit PgArray(PgType element) {
    raw(std::int32_t{1});  // dimensions
    raw(std::int32_t{1});  // may hold nulls
    raw(static_cast<std::uint32_t>(element));
    raw(std::int32_t{0});  // elements, see bytes()
    raw(std::int32_t{1});  // lower bound
  }
  Bytes array(std::size_t elements) {
    overwrite(12, static_cast<std::int32_t>(elements));
    return out_;
  }
};

// Rows as one array a column, the parameters of unnest($1::type[], …): given row by row, field by
// field, like CopyRows. Every row has all fields, in the order of the columns.
class PgColumns {
 public:
  explicit PgColumns(std::initializer_list<PgType> types) : columns_(types.begin(), types.end()) {}

  template <std::integral T>
  void number(T value) {
    next().number(value);
  }
  template <std::integral T>
  void number(const std::optional<T>& value) {
    next().number(value);
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void enumerator(Enum value) { next().enumerator(value); }
  void flag(bool value) { next().flag(value); }
  void time(core::Timestamp at) { next().time(at); }
  void text(std::string_view text) { next().text(text); }
  void text_or_null(std::string_view value) { next().text_or_null(value); }
  void bytes(Bytes bytes) { next().bytes(bytes); }
  void null() { next().null(); }

  std::size_t rows() const noexcept { return fields_ / columns_.size(); }

  // Calls `give` with the bytes of each column's array. Nothing may be added after it.
  template <class Give>
  void for_each(Give give) {
    AUTHD_ASSERT(fields_ % columns_.size() == 0);
    for (PgArray& column : columns_) give(column.array(rows()));
  }

 private:
  PgArray& next() noexcept { return columns_[fields_++ % columns_.size()]; }

  std::vector<PgArray> columns_;
  std::size_t fields_ = 0;
};

}  // namespace authd::store
