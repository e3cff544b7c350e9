#include "tests/e2e/ledger_audit.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/e2e/eventually.h"

namespace authd::test {

namespace {

std::string text(const store::PgResult& rows, int row, int column) {
  return std::string(rows.text(row, column));
}

std::int64_t number(const store::PgResult& rows, int row, int column) {
  return std::stoll(text(rows, row, column));
}

// The rows in text format.
store::PgResult rows_of(store::Connection& connection, const std::string& statement) {
  auto result = connection.exec(statement);
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

Decisions decisions_of_ledger(store::Connection& connection) {
  const auto rows = rows_of(connection,
                            "SELECT seq, message_id, card_token, amount_minor, approved_minor, "
                            "reason FROM authd.decision");
  Decisions found;
  for (int row = 0; row < rows.rows(); ++row) {
    found[number(rows, row, 0)] = {text(rows, row, 1), text(rows, row, 2), number(rows, row, 3),
                                   number(rows, row, 4), number(rows, row, 5) == 0};
  }
  return found;
}

Decisions decisions_of_journal(const Site& site) {
  const Finished verified = site.authd({"journal", "verify"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_TRUE(verified.out.starts_with("ok: ")) << verified.out;

  const Finished dumped = site.authd({"journal", "dump"});
  EXPECT_EQ(dumped.code, 0) << dumped.err;
  Decisions found;
  std::int64_t last = 0;
  std::istringstream lines(dumped.out);
  for (std::string line; std::getline(lines, line);) {
    const auto record = boost::json::parse(line).as_object();
    const auto sequence = record.at("sequence").to_number<std::int64_t>();
    EXPECT_TRUE(last == 0 || sequence == last + 1) << sequence << " behind " << last;
    last = sequence;
    if (record.at("kind") != "request") continue;
    const auto minor_units = [&record](const char* key) {
      return record.at(key).at("minor_units").to_number<std::int64_t>();
    };
    found[sequence] = {std::string(record.at("message").as_string()),
                       std::string(record.at("card").as_string()), minor_units("amount"),
                       minor_units("approved"), record.at("reason") == "approved"};
  }
  return found;
}

std::vector<std::string> unbalanced_accounts(store::Connection& connection) {
  const auto rows = rows_of(connection, R"(
    SELECT a.account_id, a.posted_minor, a.held_minor, h.held, d.approved, b.holds, b.wallet
      FROM authd.balance a
     CROSS JOIN LATERAL (SELECT coalesce(sum(held_minor), 0) AS held FROM authd.authorization
                          WHERE account_id = a.account_id AND closure = 1) h
     CROSS JOIN LATERAL (SELECT coalesce(sum(approved_minor), 0) AS approved FROM authd.decision
                          WHERE account_id = a.account_id AND reason = 0) d
     CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE book = 2), 0) AS holds,
                                coalesce(sum(amount_minor) FILTER (WHERE book = 1), 0) AS wallet
                           FROM authd.posting WHERE account_id = a.account_id) b
     WHERE NOT (a.held_minor = h.held AND a.held_minor = d.approved AND a.held_minor = b.holds AND
                b.wallet = a.posted_minor - a.held_minor AND a.held_minor <= a.posted_minor))");
  std::vector<std::string> lines;
  for (int row = 0; row < rows.rows(); ++row) {
    lines.push_back("account " + text(rows, row, 0) + ": posted " + text(rows, row, 1) + ", held " +
                    text(rows, row, 2) + ", open holds " + text(rows, row, 3) + ", approved " +
                    text(rows, row, 4) + ", book of holds " + text(rows, row, 5) + ", wallet " +
                    text(rows, row, 6));
  }
  return lines;
}

std::map<std::int64_t, std::int64_t> held_minor_by_account(store::Connection& connection) {
  const auto rows = rows_of(connection, "SELECT account_id, held_minor FROM authd.balance");
  std::map<std::int64_t, std::int64_t> held;
  for (int row = 0; row < rows.rows(); ++row) held[number(rows, row, 0)] = number(rows, row, 1);
  return held;
}

std::string found_by_audit(const Daemon& daemon) {
  const auto asked =
      HttpClient(daemon.admin_port())
          .exchange("POST /audit HTTP/1.1\r\nHost: authd\r\nContent-Length: 0\r\n\r\n");
  if (!asked || asked->status != 202) return "POST /audit was not taken";
  const auto number = object_of(*asked).at("requested").to_number<std::int64_t>();
  boost::json::object status;
  const bool ended = eventually([&] {
    status = object_of(daemon.admin("/audit"));
    return status.contains("ended") && status.at("ended").to_number<std::int64_t>() >= number;
  });
  if (!ended) return "the audit does not end";
  if (status.at("error") != "") return boost::json::serialize(status);
  const auto& report = status.at("report").as_object();
  const bool equal = report.at("differences") == 0 && report.at("mirror_compared") == true;
  return equal ? "" : boost::json::serialize(status);
}

}  // namespace authd::test
