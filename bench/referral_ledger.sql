-- What bench/referral measures on: members of the program "demo", who invited whom, and what they have spent.
--
-- psql variables: members, sources, seed. Holder, account and card n belong together. Member n was invited by n/2, every
-- tenth by one of the first twenty: half of them have somebody below. Three of a hundred purchases were refunded, a third
-- to all of it. Entries are those of a shard that no daemon has; books and balances agree.
SELECT setseed(:seed / 1000.0);
BEGIN;
INSERT INTO authd.holder (id, program, kyc) SELECT n, 'demo', 3 FROM generate_series(1, :members) AS n;
INSERT INTO authd.account (id, holder_id, program, opening_minor, currency, status, opened_at)
  SELECT n, n, 'demo', 100000000000, 'USD', 1, now() - interval '60 days' FROM generate_series(1, :members) AS n;
INSERT INTO authd.card (program, token, account_id, status, expires_at)
  SELECT 'demo', 'card-' || lpad((n - 1)::text, 8, '0'), n, 1, '2090-01-01' FROM generate_series(1, :members) AS n;
INSERT INTO authd.referral_program (program, currency, zone, payout_from)
  VALUES ('demo', 'USD', 'Africa/Johannesburg', current_date + 1);
INSERT INTO authd.referral_terms
  (program, version, created_at, starts_at, holding_s, minimum_minor, cap_source_minor, cap_day_minor, cap_month_minor, created_by)
  VALUES ('demo', 1, now() - interval '50 days', now() - interval '50 days', 0, 100, 100000, 100000000, 1000000000, 'bench');
INSERT INTO authd.referral_rate (terms_id, level, source_kind, basis_points)
  SELECT id, level, 1, points FROM authd.referral_terms, (VALUES (1, 500), (2, 200), (3, 100)) AS rate (level, points);
INSERT INTO authd.referral_member (holder_id, program, code, inviter_id, invited_at)
  SELECT n, 'demo', 'M' || lpad(n::text, 8, '0'),
         CASE WHEN n = 1 THEN NULL WHEN n % 10 = 0 THEN 1 + (n / 10 * 7) % least(20, n - 1) ELSE n / 2 END,
         CASE WHEN n > 1 THEN now() - interval '50 days' END
    FROM generate_series(1, :members) AS n ORDER BY n;
COMMIT;

SELECT authd.ensure_month((now() - days * interval '1 day')::date) FROM generate_series(0, 40, 20) AS days;
CREATE TEMP TABLE booked AS
  SELECT n AS seq, 1 + floor(random() * :members)::bigint AS account_id, 100 + floor(random() * 49900)::bigint AS minor,
         now() - interval '40 days' + n * (interval '40 days' - interval '1 hour') / :sources AS booked_at, n AS authorization_id, false AS is_refund
    FROM generate_series(1, :sources) AS n;
INSERT INTO booked
  SELECT :sources + row_number() OVER (ORDER BY seq), account_id,
         CASE WHEN seq % 3 = 0 THEN minor ELSE greatest(1, minor / 3) END, booked_at + interval '1 day', authorization_id, true
    FROM booked WHERE seq % 33 = 0 AND booked_at < now() - interval '2 days';
BEGIN;
INSERT INTO authd.shard (shard, drained_seq) SELECT 9, max(seq) FROM booked;
INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at, program)
  SELECT 9, seq, CASE WHEN is_refund THEN 7 ELSE 6 END, account_id, booked_at, 'demo' FROM booked ORDER BY seq;
INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency, booked_at)
  SELECT 9, seq, leg, book, account_id, CASE WHEN is_refund THEN -sign ELSE sign END * minor, 'USD', booked_at
    FROM booked CROSS JOIN (VALUES (1, 1, -1), (2, 4, 1)) AS legs (leg, book, sign) ORDER BY seq, leg;
INSERT INTO authd.event (shard, seq, booked_at, authorization_id, account_id, amount_minor, held_minor, posted_minor,
                         pending_credit_minor, kind, transaction_kind, final, timed_out, unasked, over_captured, late, ghost,
                         below_zero, currency, program, notice_id)
  SELECT 9, seq, booked_at, authorization_id, account_id, minor, 0, CASE WHEN is_refund THEN minor ELSE -minor END, 0,
         CASE WHEN is_refund THEN 9 ELSE 8 END, 1, true, false, false, false, false, false, false, 'USD', 'demo', 'n-' || seq
    FROM booked ORDER BY seq;
UPDATE authd.balance AS b SET posted_minor = b.posted_minor + spent.minor
  FROM (SELECT account_id, sum(CASE WHEN is_refund THEN minor ELSE -minor END) AS minor FROM booked GROUP BY 1) AS spent
 WHERE b.account_id = spent.account_id;
COMMIT;
VACUUM ANALYZE;
