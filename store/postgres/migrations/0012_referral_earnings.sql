-- What is earned by referral, what people have to look at before it is paid, and what was paid.
--
-- Earnings follow the ledger: a worker reads drained entries and writes earnings together with its mark. Every row of
-- money is written by one of the functions here, so that
--   stat.earned + reversed + adjusted = sum of earnings = sum of dues
--   stat.paid                         = sum of payouts  = sum of dues that a payout took

-- ---------------------------------------------------------------------------------------------------------
-- Suspicion

CREATE TABLE authd.referral_case (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder_id  bigint   NOT NULL REFERENCES authd.referral_member,
  opened_at  timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  day        date,
  kind       smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
  state      smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
  program    text COLLATE "C" NOT NULL,
  decided_by text,
  reason     text     CHECK (char_length(reason) BETWEEN 1 AND 500),
  detail     jsonb    NOT NULL DEFAULT '{}',
  CHECK ((state = 1) = (decided_at IS NULL) AND (state = 1) = (decided_by IS NULL)),
  CHECK ((kind = 4) = (day IS NOT NULL))
);
CREATE UNIQUE INDEX referral_case_day ON authd.referral_case (holder_id, day) WHERE kind = 4;
CREATE INDEX referral_case_open ON authd.referral_case (program, id) WHERE state = 1;
CREATE INDEX referral_case_program ON authd.referral_case (program, id);
COMMENT ON TABLE authd.referral_case IS 'What people have to look at before it is paid';
COMMENT ON COLUMN authd.referral_case.kind IS 'How he was invited: 1 velocity, 2 shared device, 3 shared address; 4 what he has earned on the day';
COMMENT ON COLUMN authd.referral_case.state IS '1 open, 2 cleared: what waited is paid; 3 confirmed: it is voided, and nobody earns over this link again';

-- ---------------------------------------------------------------------------------------------------------
-- What was earned

CREATE TABLE authd.referral_mark (
  shard    integer NOT NULL PRIMARY KEY CHECK (shard > 0),
  seq      bigint  NOT NULL CHECK (seq >= 0),
  moved_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);
COMMENT ON TABLE authd.referral_mark IS 'How far each shard''s ledger has been earned from: every entry up to seq, none behind it';

CREATE TABLE authd.referral_source (
  seq            bigint   NOT NULL,
  origin         bigint   NOT NULL,
  holder_id      bigint   NOT NULL,
  amount_minor   bigint   NOT NULL CHECK (amount_minor > 0),
  reversed_minor bigint   NOT NULL CHECK (reversed_minor BETWEEN 0 AND amount_minor),
  booked_at      timestamptz NOT NULL,
  terms_id       bigint   NOT NULL,
  shard          integer  NOT NULL,
  source_kind    smallint NOT NULL,
  PRIMARY KEY (shard, seq)
) WITH (fillfactor = 90);
CREATE INDEX referral_source_origin ON authd.referral_source (shard, origin);
COMMENT ON TABLE authd.referral_source IS 'Entries of the ledger that members above can earn from, those included that were too small';
COMMENT ON COLUMN authd.referral_source.origin IS 'Of clearings the authorization, otherwise seq: what is given back is of an origin';
COMMENT ON COLUMN authd.referral_source.reversed_minor IS 'Of what its origin was given back, this source''s part: the oldest source bears first';

CREATE TABLE authd.referral_given_back (
  origin       bigint  NOT NULL,
  amount_minor bigint  NOT NULL,
  shard        integer NOT NULL,
  PRIMARY KEY (shard, origin)
) WITH (fillfactor = 90);
COMMENT ON TABLE authd.referral_given_back IS 'Refunds and chargebacks less reversals of chargebacks, of authorizations of members who were invited';

CREATE TABLE authd.referral_due (
  id           bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder_id    bigint  NOT NULL,
  case_id      bigint  NOT NULL DEFAULT 0,
  amount_minor bigint  NOT NULL,
  payout_id    bigint,
  payable_on   date    NOT NULL,
  earnings     integer NOT NULL,
  program      text COLLATE "C" NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX referral_due_open ON authd.referral_due (holder_id, payable_on, case_id) WHERE payout_id IS NULL;
CREATE INDEX referral_due_program ON authd.referral_due (program, payable_on) WHERE payout_id IS NULL;
CREATE INDEX referral_due_payout ON authd.referral_due (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX referral_due_case ON authd.referral_due (case_id) WHERE case_id <> 0;
COMMENT ON TABLE authd.referral_due IS 'What members are owed from a day on: the sum of the earnings that name it';
COMMENT ON COLUMN authd.referral_due.payout_id IS 'The payout that took it; what is earned for the same day afterwards makes another one';
COMMENT ON COLUMN authd.referral_due.case_id IS 'It waits for the decision on this case; 0: for none';

CREATE TABLE authd.referral_earning (
  id           bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder_id    bigint   NOT NULL,
  from_id      bigint   NOT NULL,
  source_seq   bigint   NOT NULL,
  entry_seq    bigint   NOT NULL,
  amount_minor bigint   NOT NULL CHECK (amount_minor <> 0),
  due_id       bigint   NOT NULL,
  terms_id     bigint   NOT NULL,
  booked_at    timestamptz NOT NULL,
  source_shard integer  NOT NULL,
  level        smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
  kind         smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),
  UNIQUE (source_shard, source_seq, level, entry_seq, kind),
  CHECK ((level = 0) = (kind = 4))
);
CREATE INDEX referral_earning_holder ON authd.referral_earning (holder_id, id);
CREATE INDEX referral_earning_due ON authd.referral_earning (due_id);
COMMENT ON TABLE authd.referral_earning IS 'What members have earned. Append-only: what is taken back is another row of the same source and level';
COMMENT ON COLUMN authd.referral_earning.holder_id IS 'Who earns';
COMMENT ON COLUMN authd.referral_earning.from_id IS 'Who has spent; of adjustments who earns';
COMMENT ON COLUMN authd.referral_earning.kind IS '1 earned, 2 reversed: the source was given back in part or whole, 3 restored: and taken again, 4 adjusted by people, 5 voided with its case';
COMMENT ON COLUMN authd.referral_earning.source_shard IS 'With source_seq the row of referral_source; shard 0: an adjustment, by its number';
COMMENT ON COLUMN authd.referral_earning.entry_seq IS 'The entry of that shard that brought it about; of voided ones minus the case, of adjustments source_seq';
COMMENT ON COLUMN authd.referral_earning.terms_id IS 'The version that it was earned by; 0: adjusted';

CREATE TABLE authd.referral_period (
  holder_id     bigint   NOT NULL,
  granted_minor bigint   NOT NULL,
  net_minor     bigint   NOT NULL,
  starts_on     date     NOT NULL,
  span          smallint NOT NULL CHECK (span BETWEEN 1 AND 2),
  program       text COLLATE "C" NOT NULL,
  PRIMARY KEY (holder_id, span, starts_on)
) WITH (fillfactor = 70);
CREATE INDEX referral_period_rank ON authd.referral_period (program, span, starts_on, net_minor DESC, holder_id);
COMMENT ON TABLE authd.referral_period IS 'What members have earned by day and month of the booking';
COMMENT ON COLUMN authd.referral_period.span IS '1 day, 2 month';
COMMENT ON COLUMN authd.referral_period.granted_minor IS 'Of earnings of kind 1 alone: what caps count';

CREATE TABLE authd.referral_adjustment (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder_id    bigint NOT NULL REFERENCES authd.referral_member,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0 AND amount_minor BETWEEN -9007199254740991 AND 9007199254740991),
  made_at      timestamptz NOT NULL DEFAULT now(),
  made_by      text   NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 100),
  reason       text   NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500)
);
CREATE INDEX referral_adjustment_holder ON authd.referral_adjustment (holder_id, id);
COMMENT ON TABLE authd.referral_adjustment IS 'What people gave to members or took from them, and why. Append-only';

-- One at a time: caps are read before they are used up, and a case is decided on all that waits for it. Whoever takes
-- it holds it to the end of his transaction.
CREATE FUNCTION authd.lock_earnings() RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(7024330411764744207)
$$;

-- Writes earnings, and with them the dues, periods and stats they change. Arrays of one length, an element an
-- earning. Where a row takes back or restores (kinds 2, 3, 5), its due's day and case are those of what was earned.
CREATE FUNCTION authd.referral_book(
    shard integer, earner bigint[], spender bigint[], source bigint[], entry bigint[], amount bigint[],
    at timestamptz[], terms bigint[], level smallint[], kind smallint[], under_case bigint[]) RETURNS bigint
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
  -- Rows are few and found by key whatever the planner thinks of arrays.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
  WITH lock AS MATERIALIZED (SELECT authd.lock_earnings()),
  given AS MATERIALIZED (
    SELECT r.*, p.program, (r.at AT TIME ZONE p.zone)::date AS day,
           CASE WHEN r.kind IN (1, 4)
                THEN ((r.at + coalesce(t.holding_s, 0) * interval '1 second') AT TIME ZONE p.zone)::date + 1
                ELSE (SELECT d.payable_on FROM authd.referral_earning AS e JOIN authd.referral_due AS d ON d.id = e.due_id
                       WHERE (e.source_shard, e.source_seq, e.level) = ($1, r.source, r.level) AND e.kind = 1)
            END AS payable_on,
           CASE WHEN r.kind IN (1, 4) THEN r.under_case
                ELSE (SELECT d.case_id FROM authd.referral_earning AS e JOIN authd.referral_due AS d ON d.id = e.due_id
                       WHERE (e.source_shard, e.source_seq, e.level) = ($1, r.source, r.level) AND e.kind = 1)
            END AS due_case
      FROM lock, unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
             AS r(earner, spender, source, entry, amount, at, terms, level, kind, under_case, place)
      JOIN authd.referral_member AS m ON m.holder_id = r.earner
      JOIN authd.referral_program AS p ON p.program = m.program
      LEFT JOIN authd.referral_terms AS t ON t.id = r.terms
  ), due AS (
    INSERT INTO authd.referral_due AS d (program, holder_id, case_id, payable_on, amount_minor, earnings)
    SELECT program, earner, due_case, payable_on, sum(amount)::bigint, count(*)::integer
      FROM given GROUP BY 1, 2, 3, 4 ORDER BY 2, 4, 3
    ON CONFLICT (holder_id, payable_on, case_id) WHERE payout_id IS NULL
      DO UPDATE SET amount_minor = d.amount_minor + excluded.amount_minor, earnings = d.earnings + excluded.earnings
    RETURNING id, holder_id, payable_on, case_id
  ), earning AS (
    INSERT INTO authd.referral_earning
      (holder_id, from_id, source_shard, source_seq, entry_seq, amount_minor, due_id, terms_id, booked_at, level, kind)
    SELECT g.earner, g.spender, $1, g.source, g.entry, g.amount, due.id, g.terms, g.at, g.level, g.kind
      FROM given AS g JOIN due ON (due.holder_id, due.payable_on, due.case_id) = (g.earner, g.payable_on, g.due_case)
     ORDER BY g.place
    RETURNING 1
  ), period AS (
    INSERT INTO authd.referral_period AS p (program, holder_id, span, starts_on, granted_minor, net_minor)
    SELECT program, earner, s.span, CASE s.span WHEN 1 THEN day ELSE date_trunc('month', day)::date END,
           coalesce(sum(amount) FILTER (WHERE kind = 1), 0)::bigint, sum(amount)::bigint
      FROM given CROSS JOIN (VALUES (1::smallint), (2::smallint)) AS s(span) GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4
    ON CONFLICT (holder_id, span, starts_on)
      DO UPDATE SET granted_minor = p.granted_minor + excluded.granted_minor, net_minor = p.net_minor + excluded.net_minor
  ), change AS (
    SELECT earner AS holder_id, coalesce(sum(amount) FILTER (WHERE kind = 1), 0)::bigint AS earned,
           coalesce(sum(amount) FILTER (WHERE kind IN (2, 3, 5)), 0)::bigint AS reversed,
           coalesce(sum(amount) FILTER (WHERE kind = 4), 0)::bigint AS adjusted,
           coalesce(sum(amount) FILTER (WHERE level = 1), 0)::bigint AS level_1,
           coalesce(sum(amount) FILTER (WHERE level = 2), 0)::bigint AS level_2,
           coalesce(sum(amount) FILTER (WHERE level = 3), 0)::bigint AS level_3,
           count(*) FILTER (WHERE kind = 1) AS sources
      FROM given GROUP BY 1
  ), stat AS (
    UPDATE authd.referral_stat AS s
       SET earned_minor = s.earned_minor + c.earned, reversed_minor = s.reversed_minor + c.reversed,
           adjusted_minor = s.adjusted_minor + c.adjusted, level_1_minor = s.level_1_minor + c.level_1,
           level_2_minor = s.level_2_minor + c.level_2, level_3_minor = s.level_3_minor + c.level_3,
           sources = s.sources + c.sources
      FROM change AS c WHERE s.holder_id = c.holder_id
  )
  SELECT count(*) FROM earning
$$;
COMMENT ON FUNCTION authd.referral_book IS 'Earnings with all that depends on them; returns how many were written, which must be as many as were given';

CREATE FUNCTION authd.referral_adjust(holder bigint, amount bigint, by text, reason text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  number bigint;
BEGIN
  INSERT INTO authd.referral_adjustment (holder_id, amount_minor, made_by, reason)
    VALUES (holder, amount, by, referral_adjust.reason) RETURNING id INTO number;
  PERFORM authd.referral_book(0, ARRAY[holder], ARRAY[holder], ARRAY[number], ARRAY[number], ARRAY[amount], ARRAY[now()],
                              ARRAY[0::bigint], ARRAY[0::smallint], ARRAY[4::smallint], ARRAY[0::bigint]);
  RETURN number;
END $$;
COMMENT ON FUNCTION authd.referral_adjust IS 'Gives or, below 0, takes; returns the adjustment''s number';

-- Decides an open case. Cleared: what waits for it is paid with the next payout. Confirmed: it is voided, source by
-- source, and where it was about how somebody was invited, nobody earns over that again. False: it is not open.
CREATE FUNCTION authd.referral_decide(case_number bigint, is_fraud boolean, by text, reason text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  decided record;
  voided record;
BEGIN
  PERFORM authd.lock_earnings();
  UPDATE authd.referral_case SET state = CASE WHEN is_fraud THEN 3 ELSE 2 END, decided_at = now(), decided_by = by,
         reason = referral_decide.reason
   WHERE id = case_number AND state = 1 RETURNING * INTO decided;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF decided.kind <> 4 THEN
    UPDATE authd.referral_member SET case_id = 0, is_link_void = is_fraud
     WHERE holder_id = decided.holder_id AND case_id = case_number;
  END IF;
  IF is_fraud THEN
    FOR voided IN
      SELECT source_shard, array_agg(holder_id) AS earner, array_agg(from_id) AS spender, array_agg(source_seq) AS source,
             array_agg(minor) AS amount, array_agg(terms_id) AS terms, array_agg(level) AS level
        FROM (SELECT e.source_shard, e.holder_id, e.from_id, e.source_seq, e.level, min(e.terms_id) AS terms_id,
                     -sum(e.amount_minor)::bigint AS minor
                FROM authd.referral_due AS d JOIN authd.referral_earning AS e ON e.due_id = d.id
               WHERE d.case_id = case_number GROUP BY 1, 2, 3, 4, 5 HAVING sum(e.amount_minor) <> 0) AS part
       GROUP BY 1
    LOOP
      PERFORM authd.referral_book(
        voided.source_shard, voided.earner, voided.spender, voided.source,
        array_fill(-case_number, ARRAY[cardinality(voided.source)]), voided.amount,
        array_fill(now(), ARRAY[cardinality(voided.source)]), voided.terms, voided.level,
        array_fill(5::smallint, ARRAY[cardinality(voided.source)]), array_fill(0::bigint, ARRAY[cardinality(voided.source)]));
    END LOOP;
  END IF;
  RETURN true;
END $$;

-- ---------------------------------------------------------------------------------------------------------
-- What was paid

CREATE TABLE authd.referral_payout (
  id           bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  holder_id    bigint  NOT NULL REFERENCES authd.referral_member,
  account_id   bigint  NOT NULL,
  credit_id    bigint  NOT NULL UNIQUE REFERENCES authd.credit,
  amount_minor bigint  NOT NULL CHECK (amount_minor > 0),
  paid_at      timestamptz NOT NULL DEFAULT now(),
  day          date    NOT NULL,
  program      text COLLATE "C" NOT NULL,
  UNIQUE (holder_id, day)
);
CREATE INDEX referral_payout_day ON authd.referral_payout (program, day, id);
COMMENT ON TABLE authd.referral_payout IS 'What a member was paid on a day: a credit of that amount. Append-only';

CREATE TABLE authd.referral_payout_run (
  started_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz,
  paid_minor   bigint  NOT NULL DEFAULT 0,
  carried_minor bigint NOT NULL DEFAULT 0,
  day          date    NOT NULL,
  paid         integer NOT NULL DEFAULT 0,
  failed       integer NOT NULL DEFAULT 0,
  carried      integer NOT NULL DEFAULT 0,
  program      text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  requested_by text    NOT NULL CHECK (char_length(requested_by) BETWEEN 1 AND 100),
  PRIMARY KEY (program, day)
);
COMMENT ON TABLE authd.referral_payout_run IS 'A day''s payouts of a program; figures when it has finished';
COMMENT ON COLUMN authd.referral_payout_run.carried IS 'Members who are owed something, but less than the minimum, or less than nothing; carried_minor the sum';

CREATE TABLE authd.referral_payout_failure (
  holder_id    bigint   NOT NULL REFERENCES authd.referral_member,
  amount_minor bigint   NOT NULL,
  failed_at    timestamptz NOT NULL DEFAULT now(),
  day          date     NOT NULL,
  reason       smallint NOT NULL CHECK (reason BETWEEN 1 AND 4),
  program      text COLLATE "C" NOT NULL,
  detail       text,
  PRIMARY KEY (holder_id, day)
);
CREATE INDEX referral_payout_failure_day ON authd.referral_payout_failure (program, day);
COMMENT ON TABLE authd.referral_payout_failure IS 'Who could not be paid on a day; the next day tries again';
COMMENT ON COLUMN authd.referral_payout_failure.reason IS '1 no account to pay into, 2 not verified, 3 suspended, 4 the database refused: detail';

-- Pays a member what is due by the day, at most once a day; to be called outside of a transaction, so that it is one.
--   1 paid   2 was paid this day before   3 less than the minimum   11, 12, 13: reasons 1, 2, 3 of referral_payout_failure
CREATE FUNCTION authd.referral_pay(holder bigint, on_day date, OUT outcome smallint, OUT minor bigint)
  LANGUAGE plpgsql SET search_path = pg_catalog
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  member record;
  dues bigint[];
  wallet bigint;
  credit bigint;
  payout bigint;
BEGIN
  SELECT m.program, m.status, m.account_id, p.currency, p.payout_minimum_minor, h.kyc = 3 OR NOT p.requires_kyc AS may
    INTO STRICT member
    FROM authd.referral_member AS m JOIN authd.referral_program AS p USING (program) JOIN authd.holder AS h ON h.id = m.holder_id
   WHERE m.holder_id = holder;
  SELECT array_agg(id), coalesce(sum(amount_minor), 0)::bigint INTO dues, minor
    FROM (SELECT d.id, d.amount_minor FROM authd.referral_due AS d
           WHERE d.holder_id = holder AND d.payable_on <= on_day AND d.payout_id IS NULL
             AND (d.case_id = 0 OR EXISTS (SELECT FROM authd.referral_case AS c WHERE c.id = d.case_id AND c.state = 2))
           ORDER BY d.payable_on, d.case_id FOR UPDATE OF d) AS open;
  outcome := CASE
    WHEN EXISTS (SELECT FROM authd.referral_payout AS p WHERE p.holder_id = holder AND p.day = on_day) THEN 2
    WHEN minor < member.payout_minimum_minor THEN 3
    WHEN member.status <> 1 THEN 13
    WHEN NOT member.may THEN 12
    ELSE 1 END;
  IF outcome <> 1 THEN
    RETURN;
  END IF;
  SELECT a.id INTO wallet FROM authd.account AS a
   WHERE a.holder_id = holder AND a.status <> 3 AND a.currency = member.currency
     AND (member.account_id IS NULL OR a.id = member.account_id)
   ORDER BY a.status, a.id LIMIT 1;
  IF NOT FOUND THEN
    outcome := 11;
    RETURN;
  END IF;
  INSERT INTO authd.credit (account_id, amount_minor, kind, currency, reference)
    VALUES (wallet, minor, 6, member.currency, 'referral ' || to_char(on_day, 'YYYY-MM-DD')) RETURNING id INTO credit;
  INSERT INTO authd.referral_payout (program, holder_id, day, amount_minor, account_id, credit_id)
    VALUES (member.program, holder, on_day, minor, wallet, credit) RETURNING id INTO payout;
  UPDATE authd.referral_due SET payout_id = payout WHERE id = ANY (dues);
  UPDATE authd.referral_stat SET paid_minor = paid_minor + minor WHERE holder_id = holder;
END $$;

-- Days whose payout is to be made or finished by now, of programs that do not rest; the oldest first.
CREATE FUNCTION authd.referral_payout_days() RETURNS TABLE (program text, day date) LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT p.program, d::date
    FROM authd.referral_program AS p,
         LATERAL (SELECT now() AT TIME ZONE p.zone AS local_now) AS clock,
         LATERAL generate_series(
           greatest(p.payout_from, (SELECT max(r.day) + 1 FROM authd.referral_payout_run AS r
                                     WHERE r.program = p.program AND r.finished_at IS NOT NULL))::timestamp,
           CASE WHEN local_now::time >= p.payout_at THEN local_now::date ELSE local_now::date - 1 END::timestamp,
           interval '1 day') AS d
   WHERE NOT EXISTS (SELECT FROM authd.referral_pause AS r WHERE r.program = p.program AND r.resumed_at IS NULL)
   ORDER BY 2, 1
$$;

-- ---------------------------------------------------------------------------------------------------------
-- Kept, logged, and by whom

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.referral_earning
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.referral_payout
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.referral_adjustment
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
SELECT authd.log_table('referral_case');

GRANT SELECT ON authd.referral_case, authd.referral_mark, authd.referral_source, authd.referral_given_back,
                authd.referral_due, authd.referral_earning, authd.referral_period, authd.referral_payout,
                authd.referral_payout_run, authd.referral_payout_failure TO authd_referral, authd_api;
GRANT SELECT ON authd.referral_adjustment TO authd_api;
GRANT INSERT, UPDATE ON authd.referral_mark, authd.referral_source, authd.referral_given_back,
                        authd.referral_payout_run, authd.referral_payout_failure TO authd_referral;
GRANT INSERT ON authd.credit, authd.referral_payout TO authd_referral;
GRANT INSERT ON authd.referral_case TO authd_referral, authd_api;
GRANT DELETE ON authd.referral_payout_failure TO authd_referral;
GRANT UPDATE (payout_id) ON authd.referral_due TO authd_referral;
GRANT UPDATE (paid_minor) ON authd.referral_stat TO authd_referral;
REVOKE EXECUTE ON FUNCTION authd.referral_book, authd.referral_adjust, authd.referral_decide, authd.referral_pay FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authd.referral_book, authd.referral_pay TO authd_referral;
GRANT EXECUTE ON FUNCTION authd.referral_adjust, authd.referral_decide TO authd_api;
