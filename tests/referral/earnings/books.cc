#include "tests/referral/earnings/books.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

namespace authd::test {

store::PgResult execute(store::Connection& connection, const std::string& statements) {
  auto done = connection.exec(statements);
  EXPECT_TRUE(done) << statements << "\n" << done.error().message;
  return done ? std::move(*done) : store::PgResult(nullptr);
}

Books::Books(store::Connection& connection, std::string program, std::int32_t shard)
    : connection_(connection), program_(std::move(program)), shard_(shard) {
  execute(connection_,
          "SELECT authd.ensure_month(d::date) FROM generate_series(timestamp"
          " '2026-10-01', '2027-01-01', interval '1 month') AS d");
  execute(connection_, fmt::format("INSERT INTO authd.shard (shard) VALUES ({})", shard_));
}

void Books::add_program(const std::string& settings) {
  execute(connection_, fmt::format("INSERT INTO authd.referral_program (program, currency, zone,"
                                   " payout_from) VALUES ('{}', 'ZAR', 'Africa/Johannesburg',"
                                   " '2026-10-01')",
                                   program_));
  if (settings.empty()) return;
  execute(connection_, fmt::format("UPDATE authd.referral_program SET {} WHERE program = '{}'",
                                   settings, program_));
}

void Books::add_terms(std::int32_t version, std::int64_t starts_at, const std::string& rates,
                      const std::vector<std::pair<std::string, std::int64_t>>& columns) {
  std::string names = "program, version, created_at, starts_at, created_by";
  std::string values = fmt::format("'{}', {}, to_timestamp(0), to_timestamp({}), 'test'", program_,
                                   version, starts_at);
  bool has_holding = false;
  bool has_minimum = false;
  for (const auto& [name, value] : columns) {
    names += ", " + name;
    values +=
        name == "ends_at" ? fmt::format(", to_timestamp({})", value) : fmt::format(", {}", value);
    has_holding = has_holding || name == "holding_s";
    has_minimum = has_minimum || name == "minimum_minor";
  }
  if (!has_holding) names += ", holding_s", values += ", 0";
  if (!has_minimum) names += ", minimum_minor", values += ", 0";
  const auto row = execute(
      connection_,
      fmt::format("INSERT INTO authd.referral_terms ({}) VALUES ({}) RETURNING id", names, values));
  std::istringstream kinds(rates);
  for (std::string kind; kinds >> kind;) {
    std::istringstream levels(kind.substr(kind.find(':') + 1));
    int level = 0;
    for (std::string rate; std::getline(levels, rate, ',');) {
      ++level;
      if (rate == "0") continue;
      execute(connection_,
              fmt::format("INSERT INTO authd.referral_rate (terms_id, source_kind,"
                          " level, basis_points) VALUES ({}, {}, {}, {})",
                          row.text(0, 0), kind.substr(0, kind.find(':')), level, rate));
    }
  }
}

void Books::add_holder(std::int64_t id, const std::string& currency) {
  execute(connection_,
          fmt::format("INSERT INTO authd.holder (id, program) VALUES ({0}, '{1}');"
                      "INSERT INTO authd.account (id, status, currency, program, holder_id)"
                      " VALUES ({0}, 1, '{2}', '{1}', {0})",
                      id, program_, currency));
}

void Books::add_member(std::int64_t id, std::int64_t inviter, std::int64_t invited_at) {
  execute(connection_,
          fmt::format("INSERT INTO authd.referral_member (holder_id, program, code, inviter_id,"
                      " invited_at) VALUES ({0}, '{1}', 'C{0:07}', nullif({2}, 0),"
                      " CASE WHEN {2} = 0 THEN NULL ELSE to_timestamp({3}) END)",
                      id, program_, inviter, invited_at));
}

std::int64_t Books::clear(std::int64_t account, std::int64_t minor, std::int64_t at,
                          std::int64_t authorization, int transaction_kind) {
  return event(6, account, minor, at, authorization, transaction_kind);
}

std::int64_t Books::refund(std::int64_t account, std::int64_t minor, std::int64_t at,
                           std::int64_t authorization) {
  return event(7, account, minor, at, authorization, 4);
}

std::int64_t Books::charge_back(std::int64_t account, std::int64_t minor, std::int64_t at,
                                std::int64_t authorization) {
  return event(8, account, minor, at, authorization, 1);
}

std::int64_t Books::reverse_chargeback(std::int64_t account, std::int64_t minor, std::int64_t at,
                                       std::int64_t authorization) {
  return event(9, account, minor, at, authorization, 1);
}

std::int64_t Books::event(int entry_kind, std::int64_t account, std::int64_t minor, std::int64_t at,
                          std::int64_t authorization, int transaction_kind) {
  const int other = entry_kind >= 8 ? 6 : 4;
  const std::int64_t seq = entry(entry_kind, account, at, {{1, minor}, {other, -minor}});
  const int event_kind = entry_kind < 8 ? entry_kind + 2 : entry_kind + 3;
  events_ += fmt::format(
      "{}({}, {}, to_timestamp({}), nullif({}, 0), nullif({}, 0), abs({}), 0, {}, 0, {}, {}, true,"
      " false, false, false, false, false, false, 'ZAR', '{}', 'n{}-{}')",
      events_.empty() ? "" : ",", shard_, seq, at, authorization, account, minor, minor, event_kind,
      transaction_kind, program_, shard_, seq);
  return seq;
}

std::int64_t Books::transfer(std::int64_t account, int kind, std::int64_t minor, std::int64_t at) {
  return entry(kind, account, at, {{1, minor}, {kind == 12 ? 7 : 3, -minor}});
}

std::int64_t Books::post_reserved_fee(std::int64_t account, std::int64_t minor, std::int64_t at) {
  return entry(12, account, at, {{2, -minor}, {7, minor}});
}

std::int64_t Books::authorize(std::int64_t account, std::int64_t minor, std::int64_t at) {
  return entry(2, account, at, {{1, -minor}, {2, minor}});
}

std::int64_t Books::entry(int kind, std::int64_t account, std::int64_t at,
                          const std::vector<std::pair<int, std::int64_t>>& legs) {
  const std::int64_t seq = ++seq_;
  entries_ += fmt::format("{}({}, {}, {}, {}, to_timestamp({}), '{}')", entries_.empty() ? "" : ",",
                          shard_, seq, kind, account, at, program_);
  int number = 0;
  for (const auto& [book, minor] : legs) {
    postings_ +=
        fmt::format("{}({}, {}, {}, {}, {}, {}, 'ZAR', to_timestamp({}))",
                    postings_.empty() ? "" : ",", shard_, seq, ++number, book, account, minor, at);
  }
  return seq;
}

void Books::drain() { drain_up_to(seq_); }

void Books::drain_up_to(std::int64_t seq) {
  std::string statements;
  if (!events_.empty()) {
    statements +=
        "INSERT INTO authd.event (shard, seq, booked_at, authorization_id, account_id,"
        " amount_minor, held_minor, posted_minor, pending_credit_minor, kind, transaction_kind,"
        " final, timed_out, unasked, over_captured, late, ghost, below_zero, currency, program,"
        " notice_id) VALUES " +
        std::exchange(events_, {}) + ";";
  }
  if (!entries_.empty()) {
    statements +=
        "INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at,"
        " program) VALUES " +
        std::exchange(entries_, {}) +
        ";"
        "INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor,"
        " currency, booked_at) VALUES " +
        std::exchange(postings_, {}) + ";";
  }
  execute(connection_, statements + fmt::format("UPDATE authd.shard SET drained_seq = {}"
                                                " WHERE shard = {}",
                                                seq, shard_));
}

}  // namespace authd::test
