// expect_ledger_agrees(): what the ledger says about a world, against its state.

#include <gtest/gtest.h>

#include <map>

#include "core/lifecycle.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

namespace {

void expect_accounts_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT id, posted_minor, held_minor, pending_credit_minor,"
                          " overdraft_minor, minimum_minor, status, currency::text, kyc"
                          " FROM authd.account JOIN authd.balance ON account_id = id ORDER BY id");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.state().accounts().size()));
  int row = 0;
  for (const auto& [id, expected] : world.state().accounts()) {
    SCOPED_TRACE("account " + std::to_string(id.value));
    EXPECT_EQ(rows.number<std::int64_t>(row, 0), id.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), expected.posted_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 2), expected.held_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 3), expected.pending_credit_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 4), expected.overdraft_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 5), expected.minimum_minor);
    EXPECT_EQ(rows.number<std::int16_t>(row, 6), static_cast<std::int16_t>(expected.status));
    EXPECT_EQ(rows.text(row, 7), expected.currency.alpha());
    EXPECT_EQ(rows.number<std::int16_t>(row, 8), static_cast<std::int16_t>(expected.kyc));
    ++row;
  }
}

// What a bootstrap does not read: the results of the sums.
void expect_authorizations_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT id, held_minor, counted_minor, pending_credit_minor,"
                          " cleared_minor, closure FROM authd.authorization ORDER BY id");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.state().authorizations().size()));
  int row = 0;
  for (const auto& [id, expected] : world.state().authorizations()) {
    SCOPED_TRACE("authorization " + std::to_string(id.value));
    const auto standing = *core::standing(expected);
    EXPECT_EQ(rows.number<std::uint64_t>(row, 0), id.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), standing.held_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 2), standing.counted_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 3), standing.pending_credit_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 4), expected.cleared_minor);
    EXPECT_EQ(rows.number<std::int16_t>(row, 5), static_cast<std::int16_t>(expected.closure));
    ++row;
  }
}

void expect_decisions_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT message_id, amount_minor, reason, approved_minor, kind,"
                          " coalesce(authorization_id, 0), available_after_minor, card_token,"
                          " coalesce(life_cycle, ''), cash_back_minor, partial_allowed"
                          " FROM authd.decision ORDER BY seq");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.decided().size()));
  int row = 0;
  for (const auto& [request, answer] : world.decided()) {
    SCOPED_TRACE("message " + std::string(request.message.view()));
    EXPECT_EQ(rows.text(row, 0), request.message.view());
    EXPECT_EQ(rows.number<std::int64_t>(row, 1), request.amount.minor_units);
    EXPECT_EQ(rows.number<std::int16_t>(row, 2), static_cast<std::int16_t>(answer.decision.reason));
    EXPECT_EQ(rows.number<std::int64_t>(row, 3), answer.decision.approved.minor_units);
    EXPECT_EQ(rows.number<std::int16_t>(row, 4), static_cast<std::int16_t>(request.kind));
    EXPECT_EQ(rows.number<std::uint64_t>(row, 5), answer.authorization.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 6), answer.decision.balance.available_minor);
    EXPECT_EQ(rows.text(row, 7), request.card.view());
    EXPECT_EQ(rows.text(row, 8), request.authorization.view());
    EXPECT_EQ(rows.number<std::int64_t>(row, 9), request.cash_back_minor);
    EXPECT_EQ(rows.number<std::int8_t>(row, 10) != 0, request.partial_approval);
    ++row;
  }
}

void expect_events_agree(store::Connection& connection, const World& world) {
  const auto rows = query(connection,
                          "SELECT kind, coalesce(notice_id, ''), coalesce(amount_minor, 0),"
                          " held_minor, posted_minor, pending_credit_minor,"
                          " coalesce(authorization_id, 0), coalesce(account_id, 0),"
                          " unasked, over_captured, late, ghost, below_zero, final, timed_out,"
                          " coalesce(life_cycle, ''), coalesce(about, ''), transaction_kind"
                          " FROM authd.event ORDER BY seq");
  ASSERT_EQ(rows.rows(), static_cast<int>(world.booked().size()));
  const auto flag = [&rows](int row, int column) {
    return rows.number<std::int8_t>(row, column) != 0;
  };
  int row = 0;
  for (const auto& [event, booking] : world.booked()) {
    SCOPED_TRACE("event " + std::to_string(row));
    EXPECT_EQ(rows.number<std::int64_t>(row, 3), booking.held_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 4), booking.posted_minor);
    EXPECT_EQ(rows.number<std::int64_t>(row, 5), booking.pending_credit_minor);
    EXPECT_EQ(rows.number<std::uint64_t>(row, 6), booking.authorization.value);
    EXPECT_EQ(rows.number<std::int64_t>(row, 7), booking.account.value);
    EXPECT_EQ(flag(row, 8), booking.unasked);
    EXPECT_EQ(flag(row, 9), booking.over_captured);
    EXPECT_EQ(flag(row, 10), booking.late);
    EXPECT_EQ(flag(row, 11), booking.ghost);
    EXPECT_EQ(flag(row, 12), booking.below_zero);
    if (event) {
      EXPECT_EQ(rows.number<std::int16_t>(row, 0), static_cast<std::int16_t>(event->kind));
      EXPECT_EQ(rows.text(row, 1), event->notice.view());
      EXPECT_EQ(rows.number<std::int64_t>(row, 2), event->amount.minor_units);
      EXPECT_EQ(flag(row, 13), event->final);
      EXPECT_EQ(flag(row, 14), event->timed_out);
      EXPECT_EQ(rows.text(row, 15), event->authorization.view());
      EXPECT_EQ(rows.text(row, 16), event->about.view());
      EXPECT_EQ(rows.number<std::int16_t>(row, 17), static_cast<std::int16_t>(event->transaction));
    } else {
      EXPECT_GT(rows.number<std::int16_t>(row, 0), 100);
    }
    ++row;
  }
}

// Cleared less credited where nobody knows the card.
std::string suspense_of(const World& world) {
  std::map<std::string, std::int64_t> sums;
  for (const auto& [id, authorization] : world.state().authorizations()) {
    if (authorization.account != core::AccountId{}) continue;
    sums[std::string(authorization.currency.alpha())] +=
        authorization.credited_minor - authorization.cleared_minor;
  }
  std::string all;
  for (const auto& [currency, minor] : sums) {
    if (minor != 0) all += currency + " " + std::to_string(minor) + ";";
  }
  return all;
}

// Each statement counts or lists what must not be.
void expect_books_agree(store::Connection& connection, const World& world) {
  EXPECT_EQ(
      query_text(connection,
                 "SELECT count(*) FROM authd.balance LEFT JOIN"
                 " (SELECT account_id, sum(amount_minor) FILTER (WHERE book = 1) AS wallet,"
                 "   sum(amount_minor) FILTER (WHERE book = 2) AS holds,"
                 "   sum(amount_minor) FILTER (WHERE other_account_id IS NULL) AS total"
                 "   FROM authd.posting JOIN (SELECT shard, seq, other_account_id"
                 "   FROM authd.journal_entry) AS entry USING (shard, seq) GROUP BY account_id)"
                 " AS booked USING (account_id)"
                 " WHERE coalesce(wallet, 0) <> posted_minor::numeric - held_minor"
                 "    OR coalesce(holds, 0) <> held_minor OR coalesce(total, 0) <> 0"),
      "0")
      << "accounts whose balance is not the sum of their postings";
  EXPECT_EQ(
      query_text(connection,
                 "SELECT count(*) FROM authd.balance LEFT JOIN"
                 " (SELECT account_id, sum(held_minor) AS held,"
                 "   sum(pending_credit_minor) AS pending FROM (SELECT account_id, held_minor,"
                 "     pending_credit_minor FROM authd.authorization UNION ALL"
                 "     SELECT from_account_id, amount_minor, 0 FROM authd.transfer"
                 "      WHERE status IN (1, 2)) AS holding"
                 "   GROUP BY account_id) AS sums USING (account_id)"
                 " WHERE coalesce(held, 0) <> balance.held_minor"
                 "    OR coalesce(pending, 0) <> pending_credit_minor"),
      "0")
      << "accounts that do not hold the sum of their authorizations and transfers";
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.balance LEFT JOIN (SELECT account_id,"
                       "   sum(change_minor) AS held FROM authd.hold_history GROUP BY account_id)"
                       " AS sums USING (account_id) WHERE coalesce(held, 0) <> held_minor"),
            "0")
      << "accounts that do not hold the sum of the changes of their holds";
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.hold_history WHERE authorization_id IS NULL"
                       " AND kind NOT IN ('reservation', 'reservation_release', 'withdrawal',"
                       " 'wire')"),
            "0")
      << "holds of nothing";
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM (SELECT currency FROM authd.posting"
                       " GROUP BY currency HAVING sum(amount_minor) <> 0) AS unbalanced"),
            "0");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.posting FULL JOIN authd.journal_entry"
                       " USING (shard, seq, booked_at) WHERE kind IS NULL OR leg IS NULL"),
            "0")
      << "postings without their entry, entries without postings";
  EXPECT_EQ(query_text(connection,
                       "SELECT coalesce(string_agg(currency || ' ' || minor || ';', ''"
                       " ORDER BY currency), '') FROM (SELECT currency, sum(amount_minor) AS minor"
                       " FROM authd.posting WHERE book = 5 AND account_id = 0 GROUP BY currency"
                       " HAVING sum(amount_minor) <> 0) AS suspense"),
            suspense_of(world));
  // Where an event's posted money went: disputes into their own book.
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM (SELECT book, sum(amount_minor) AS minor"
                       "   FROM authd.posting WHERE book IN (4, 6) GROUP BY book) AS booked"
                       " FULL JOIN (SELECT CASE WHEN kind IN (11, 12) THEN 6 ELSE 4 END AS book,"
                       "   -sum(posted_minor) AS minor FROM authd.event GROUP BY 1) AS told"
                       " USING (book) WHERE coalesce(booked.minor, 0) <> coalesce(told.minor, 0)"),
            "0");
}

}  // namespace

void expect_ledger_agrees(store::Connection& connection, const World& world) {
  expect_accounts_agree(connection, world);
  expect_authorizations_agree(connection, world);
  expect_decisions_agree(connection, world);
  expect_events_agree(connection, world);
  expect_books_agree(connection, world);
  EXPECT_EQ(query_text(connection, "SELECT drained_seq FROM authd.shard WHERE shard = 1"),
            std::to_string(world.last().value));
}

}  // namespace authd::test
