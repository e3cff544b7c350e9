// Messages of pgoutput and of the replication stream, written as the server writes them.

#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/format/bytes.h"

namespace authd::test {

class Bytes {
 public:
  explicit Bytes(char kind) : text_(1, kind) {}

  template <std::integral T>
  Bytes& number(T value) {
    for (int shift = 8 * int{sizeof value} - 8; shift >= 0; shift -= 8) {
      text_ += static_cast<char>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift));
    }
    return *this;
  }
  Bytes& letter(char value) {
    text_ += value;
    return *this;
  }
  Bytes& text(std::string_view value) {
    text_.append(value) += '\0';
    return *this;
  }
  // "-" is null, "?" was not sent.
  Bytes& tuple(const std::vector<std::string>& values) {
    number(static_cast<std::uint16_t>(values.size()));
    for (const std::string& value : values) {
      if (value == "-" || value == "?") {
        letter(value == "-" ? 'n' : 'u');
      } else {
        letter('t').number(static_cast<std::uint32_t>(value.size()));
        text_ += value;
      }
    }
    return *this;
  }
  const std::string& done() const { return text_; }

 private:
  std::string text_;
};

inline constexpr std::uint32_t account_relation = 16'400;

inline std::string begin_message(std::uint64_t commit_lsn, std::uint32_t xid) {
  return Bytes('B').number(commit_lsn).number(std::int64_t{0}).number(xid).done();
}
inline std::string commit_message(std::uint64_t commit_lsn, std::uint64_t end_lsn) {
  return Bytes('C')
      .number(std::uint8_t{0})
      .number(commit_lsn)
      .number(end_lsn)
      .number(std::int64_t{0})
      .done();
}
inline std::string relation_message(std::uint32_t id, std::string_view table,
                                    const std::vector<std::string>& columns) {
  Bytes out('R');
  out.number(id).text("authd").text(table).letter('d');
  out.number(static_cast<std::uint16_t>(columns.size()));
  for (const std::string& column : columns) {
    out.number(std::uint8_t{0}).text(column).number(std::uint32_t{25}).number(std::int32_t{-1});
  }
  return out.done();
}
inline std::string account_relation_message() {
  return relation_message(
      account_relation, "account",
      {"id", "currency", "status", "overdraft_minor", "minimum_minor", "kyc", "opening_minor"});
}
inline std::string insert_account_message(const std::string& id) {
  return Bytes('I')
      .number(account_relation)
      .letter('N')
      .tuple({id, "USD", "1", "0", "0", "1", "0"})
      .done();
}
inline std::string delete_account_message(const std::string& id) {
  return Bytes('D')
      .number(account_relation)
      .letter('K')
      .tuple({id, "-", "-", "-", "-", "-", "-"})
      .done();
}

// Of the stream itself.
inline std::string data_message(const std::string& payload) {
  return Bytes('w')
             .number(std::uint64_t{0})
             .number(std::uint64_t{0})
             .number(std::int64_t{0})
             .done() +
         payload;
}
inline std::string keepalive_message(std::uint64_t position, bool wants_reply) {
  return Bytes('k')
      .number(position)
      .number(std::int64_t{0})
      .number(static_cast<std::uint8_t>(wants_reply))
      .done();
}

}  // namespace authd::test
