// Books: a shard's ledger as the drain writes it, of what referral reads.

#pragma once

#include <string>
#include <vector>

#include "store/postgres/connection.h"

namespace authd::test {

inline constexpr std::int64_t first_second = 1'791'158'400;  // 2026-10-05 00:00 UTC
inline constexpr std::int64_t seconds_per_day = 86'400;

// Several statements may stand in it; the answer is in text.
store::PgResult execute(store::Connection& connection, const std::string& statements);

// Members and accounts have the number of their holder. Times are seconds since 1970.
class Books {
 public:
  Books(store::Connection& connection, std::string program, std::int32_t shard);

  // In ZAR, of Africa/Johannesburg.
  void add_program(const std::string& settings = "");
  // `columns`: further ones of referral_terms, "cap_day_minor = 5"; rates: "1:500,200,100 4:10".
  void add_terms(std::int32_t version, std::int64_t starts_at, const std::string& rates,
                 const std::vector<std::pair<std::string, std::int64_t>>& columns = {});
  void add_holder(std::int64_t id, const std::string& currency = "ZAR");
  void add_member(std::int64_t id, std::int64_t inviter = 0, std::int64_t invited_at = 0);

  // Entries; each returns its seq. `minor` is what is posted, the wallet's side.
  std::int64_t clear(std::int64_t account, std::int64_t minor, std::int64_t at,
                     std::int64_t authorization = 0, int transaction_kind = 1);
  std::int64_t refund(std::int64_t account, std::int64_t minor, std::int64_t at,
                      std::int64_t authorization);
  std::int64_t charge_back(std::int64_t account, std::int64_t minor, std::int64_t at,
                           std::int64_t authorization);
  std::int64_t reverse_chargeback(std::int64_t account, std::int64_t minor, std::int64_t at,
                                  std::int64_t authorization);
  std::int64_t transfer(std::int64_t account, int kind, std::int64_t minor, std::int64_t at);
  // Of a fee that was reserved before: it leaves the holds, not the wallet.
  std::int64_t post_reserved_fee(std::int64_t account, std::int64_t minor, std::int64_t at);
  std::int64_t authorize(std::int64_t account, std::int64_t minor, std::int64_t at);
  void skip(std::int64_t records) { seq_ += records; }

  // What was booked since is there, and drained.
  void drain();
  void drain_up_to(std::int64_t seq);

  std::int64_t seq() const { return seq_; }

 private:
  std::int64_t event(int entry_kind, std::int64_t account, std::int64_t minor, std::int64_t at,
                     std::int64_t authorization, int transaction_kind);
  std::int64_t entry(int kind, std::int64_t account, std::int64_t at,
                     const std::vector<std::pair<int, std::int64_t>>& legs);

  store::Connection& connection_;
  const std::string program_;
  const std::int32_t shard_;
  std::int64_t seq_ = 0;
  std::string events_;
  std::string entries_;
  std::string postings_;
};

}  // namespace authd::test
