#include "store/audit/books.h"

#include <array>

namespace authd::store {

namespace {

// Gives of what is wrong: place, found, expected.
struct Check {
  BookCheck check;
  const char* sql;
};

constexpr std::array checks{
    Check{BookCheck::entry_unbalanced, R"(
SELECT format('entry %s of shard %s', seq, shard), format('%s %s', sum(amount_minor), currency), '0'
  FROM authd.posting_history GROUP BY shard, seq, currency HAVING sum(amount_minor) <> 0)"},

    Check{BookCheck::entry_incomplete, R"(
SELECT format('entry %s of shard %s', seq, shard), format('%s entries, %s postings', sum(entries), sum(postings)),
       '1 entry, 2 postings or more'
  FROM (SELECT shard, seq, booked_at, 1 AS entries, 0 AS postings FROM authd.journal_entry_history
        UNION ALL SELECT shard, seq, booked_at, 0, 1 FROM authd.posting_history) AS sides
 GROUP BY shard, seq, booked_at HAVING sum(entries) <> 1 OR sum(postings) < 2)"},

    Check{BookCheck::entry_account, R"(
SELECT format('leg %s of entry %s of shard %s', leg, seq, shard), format('account %s', p.account_id),
       format('account %s', e.account_id)
  FROM authd.posting_history AS p JOIN authd.journal_entry_history AS e USING (shard, seq, booked_at)
 WHERE p.account_id NOT IN (e.account_id, coalesce(e.other_account_id, e.account_id)))"},

    Check{BookCheck::balance_differs, R"(
SELECT format('account %s', account_id), format('posted %s, held %s', coalesce(posted, 0), coalesce(held, 0)),
       format('posted %s, held %s', coalesce(closed_posted, 0) + coalesce(wallet, 0) + coalesce(holds, 0),
              coalesce(closed_held, 0) + coalesce(holds, 0))
  FROM (SELECT account_id, posted_minor::numeric AS posted, held_minor::numeric AS held FROM authd.balance) AS balance
  FULL JOIN (
    SELECT p.account_id, sum(amount_minor) FILTER (WHERE book = 1) AS wallet,
           sum(amount_minor) FILTER (WHERE book = 2) AS holds
      FROM authd.posting_history AS p
      LEFT JOIN (SELECT account_id, max(at) AS at FROM authd.balance_at GROUP BY account_id) AS closed USING (account_id)
     WHERE book IN (1, 2) AND (closed.at IS NULL OR p.booked_at >= closed.at) GROUP BY p.account_id) AS booked USING (account_id)
  LEFT JOIN (
    SELECT DISTINCT ON (account_id) account_id, posted_minor AS closed_posted, held_minor AS closed_held
      FROM authd.balance_at ORDER BY account_id, at DESC) AS closing USING (account_id)
 WHERE coalesce(posted, 0) <> coalesce(closed_posted, 0) + coalesce(wallet, 0) + coalesce(holds, 0)
    OR coalesce(held, 0) <> coalesce(closed_held, 0) + coalesce(holds, 0))"},

    Check{BookCheck::holds_differ, R"(
SELECT format('account %s', account_id), format('held %s, pending credit %s', b.held_minor, b.pending_credit_minor),
       format('held %s, pending credit %s', coalesce(held, 0), coalesce(pending, 0))
  FROM authd.balance AS b
  LEFT JOIN (SELECT account_id, sum(held_minor) AS held, sum(pending_credit_minor) AS pending FROM (
               SELECT account_id, held_minor, pending_credit_minor FROM authd.authorization
               UNION ALL SELECT from_account_id, amount_minor, 0 FROM authd.transfer WHERE status IN (1, 2)) AS holding
              GROUP BY account_id) AS sums USING (account_id)
 WHERE coalesce(held, 0) <> b.held_minor OR coalesce(pending, 0) <> b.pending_credit_minor)"},

    Check{BookCheck::trial_balance, R"(
SELECT format('all books in %s', currency), sum(amount_minor)::text, '0'
  FROM authd.posting_history GROUP BY currency HAVING sum(amount_minor) <> 0)"},

    Check{BookCheck::beyond_mark, R"(
SELECT format('authd.%s', place), format('record %s', last), format('none after %s', drained_seq)
  FROM authd.shard CROSS JOIN LATERAL (VALUES
         ('decision', (SELECT max(seq) FROM authd.decision_history AS t WHERE t.shard = shard.shard)),
         ('event', (SELECT max(seq) FROM authd.event_history AS t WHERE t.shard = shard.shard)),
         ('journal_entry', (SELECT max(seq) FROM authd.journal_entry_history AS t WHERE t.shard = shard.shard)),
         ('authorization', (SELECT max(changed_seq) FROM authd.authorization AS t WHERE t.shard = shard.shard)),
         ('message', (SELECT max(seq) FROM authd.message AS t WHERE t.shard = shard.shard)),
         ('transfer', (SELECT max(changed_seq) FROM authd.transfer AS t WHERE t.shard = shard.shard)),
         ('spend_control', (SELECT max(state_seq) FROM authd.spend_control AS t WHERE t.state_shard = shard.shard)),
         ('balance', (SELECT max(state_seq) FROM authd.balance AS t WHERE t.state_shard = shard.shard)))
       AS newest (place, last)
 WHERE shard.shard = $1::int4 AND last > drained_seq)"},

    Check{BookCheck::event_not_booked, R"(
SELECT format('event %s of shard %s', seq, shard), format('posted %s, held %s', coalesce(posted, 0), coalesce(held, 0)),
       format('posted %s, held %s', posted_minor, CASE WHEN v.account_id IS NULL THEN 0 ELSE held_minor END)
  FROM authd.event_history AS v
  LEFT JOIN (SELECT shard, seq, booked_at, sum(amount_minor) FILTER (WHERE book = 2) AS held,
                    -sum(amount_minor) FILTER (WHERE book IN (4, 6)) AS posted
               FROM authd.posting_history GROUP BY shard, seq, booked_at) AS booked USING (shard, seq, booked_at)
 WHERE booked_at >= (SELECT coalesce(max(at), '-infinity') FROM authd.balance_at)
   AND (coalesce(posted, 0) <> posted_minor
        OR coalesce(held, 0) <> CASE WHEN v.account_id IS NULL THEN 0 ELSE held_minor END))"},

    Check{BookCheck::authorization_unexplained, R"(
SELECT format('authorization %s of shard %s', id, shard), 'no decision, no event', format('record %s', id)
  FROM authd.authorization AS a
 WHERE opened_at >= (SELECT coalesce(max(at), '-infinity') FROM authd.balance_at)
   AND NOT EXISTS (SELECT FROM authd.decision_history AS d WHERE (d.shard, d.seq) = (a.shard, a.id))
   AND NOT EXISTS (SELECT FROM authd.event_history AS v WHERE (v.shard, v.seq) = (a.shard, a.id)))"},

    Check{BookCheck::transfer_not_booked, R"(
SELECT format('transfer %s %s', program, id), 'no entry', format('entry %s of shard %s', seq, shard)
  FROM (SELECT program, id, shard, begun_seq AS seq, requested_at AS at FROM authd.transfer WHERE reserve AND status <> 5
        UNION ALL SELECT program, id, shard, changed_seq, changed_at FROM authd.transfer WHERE status IN (3, 4)) AS t
 WHERE at >= (SELECT coalesce(max(at), '-infinity') FROM authd.balance_at)
   AND NOT EXISTS (SELECT FROM authd.journal_entry_history AS e WHERE (e.shard, e.seq) = (t.shard, t.seq)))"},

    Check{BookCheck::credit_differs, R"(
SELECT format('credit %s', c.id), format('%s %s to account %s', t.amount_minor, t.currency, t.to_account_id),
       format('%s %s to account %s', c.amount_minor, c.currency, c.account_id)
  FROM authd.credit AS c JOIN authd.transfer AS t ON t.program = 'credit' AND t.id = c.id::text
 WHERE (t.amount_minor, t.currency, t.to_account_id) IS DISTINCT FROM (c.amount_minor, c.currency, c.account_id))"},
};

core::Result<void, PgError> run(Connection& connection, const Check& check, std::int32_t shard,
                                std::size_t findings_max, AuditReport& report) {
  const std::string counted =
      "SELECT place::text, found::text, expected::text, count(*) OVER () FROM (" +
      std::string(check.sql) +
      ") AS wrong (place, found, expected)"
      " WHERE $1::int4 IS NOT NULL LIMIT $2";
  AUTHD_TRY(wrong, connection.exec(counted.c_str(), PgParams().number(shard).number(
                                                        static_cast<std::int64_t>(findings_max))));
  if (wrong.rows() == 0) return {};
  const auto count = wrong.number<std::uint64_t>(0, 3);
  report.differences += count;
  report.books_differing[static_cast<std::size_t>(check.check)] = count;
  for (int row = 0; row < wrong.rows(); ++row) {
    report.books.push_back({check.check, std::string(wrong.text(row, 0)),
                            std::string(wrong.text(row, 1)), std::string(wrong.text(row, 2))});
  }
  return {};
}

}  // namespace

core::Result<void, PgError> check_books(Connection& connection, std::int32_t shard,
                                        std::size_t findings_max, AuditReport& report) {
  for (const Check& check : checks) {
    AUTHD_TRY_VOID(run(connection, check, shard, findings_max, report));
  }
  return {};
}

}  // namespace authd::store
