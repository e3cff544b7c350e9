-- What only grows is kept by month: authd.decision, event, journal_entry and posting are partitioned, so that old
-- months can be moved away as a whole (authd archive). Partitions are made ahead of time, and by the drain when a
-- record of another month comes.
--
-- A message or event is unique in its month only, as far as PostgreSQL checks; the state sees to the rest.

ALTER TABLE authd.journal_entry
  ADD COLUMN other_account_id bigint,
  ADD COLUMN program text COLLATE "C" NOT NULL DEFAULT '-';
ALTER TABLE authd.journal_entry DISABLE TRIGGER append_only;
UPDATE authd.journal_entry AS e SET program = account.program FROM authd.account WHERE account.id = e.account_id;
UPDATE authd.journal_entry AS e SET program = d.program FROM authd.decision AS d WHERE (d.shard, d.seq) = (e.shard, e.seq);
UPDATE authd.journal_entry AS e SET program = v.program FROM authd.event AS v WHERE (v.shard, v.seq) = (e.shard, e.seq);
ALTER TABLE authd.journal_entry ALTER COLUMN program DROP DEFAULT;
ALTER TABLE authd.authorization ADD COLUMN changed_seq bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN authd.authorization.changed_seq IS 'The last record that changed it';
CREATE INDEX authorization_account ON authd.authorization (account_id, id);

-- An empty partitioned table in place of each, with the same columns.
CREATE FUNCTION authd.partition_by(name text, time_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE authd.%I RENAME TO %I', name, name || '_unpartitioned');
  EXECUTE format('CREATE TABLE authd.%I (LIKE authd.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)'
                 ' PARTITION BY RANGE (%I)', name, name || '_unpartitioned', time_column);
END $$;
ALTER TABLE authd.posting ADD COLUMN booked_at timestamptz;
ALTER TABLE authd.posting DISABLE TRIGGER append_only;
UPDATE authd.posting AS p SET booked_at = e.booked_at FROM authd.journal_entry AS e WHERE (e.shard, e.seq) = (p.shard, p.seq);
ALTER TABLE authd.posting ALTER COLUMN booked_at SET NOT NULL;
SELECT authd.partition_by('decision', 'decided_at'), authd.partition_by('event', 'booked_at'),
       authd.partition_by('journal_entry', 'booked_at'), authd.partition_by('posting', 'booked_at');

COMMENT ON TABLE authd.decision IS 'One row for each request that was decided, as it was answered then. Append-only, by month.';
COMMENT ON TABLE authd.event IS 'What has happened to authorizations without our being asked, one row each. Append-only, by month.';
COMMENT ON TABLE authd.journal_entry IS 'One entry of the double-entry book. Append-only, by month: a mistake is corrected by another entry.';
COMMENT ON COLUMN authd.journal_entry.program IS 'The program in whose books it stands';
COMMENT ON COLUMN authd.journal_entry.other_account_id IS 'Of a transfer between wallets: the one that is credited';
COMMENT ON TABLE authd.posting IS 'The legs of the entries; they sum to zero per entry and currency. Append-only, by month.';
COMMENT ON COLUMN authd.posting.booked_at IS 'That of its entry';

CREATE TABLE authd.history_table (
  name        text NOT NULL PRIMARY KEY,
  time_column text NOT NULL
);
COMMENT ON TABLE authd.history_table IS 'The tables that are kept by month, and the column that says which';
INSERT INTO authd.history_table VALUES
  ('decision', 'decided_at'), ('event', 'booked_at'), ('journal_entry', 'booked_at'), ('posting', 'booked_at');

CREATE SCHEMA authd_archive;
COMMENT ON SCHEMA authd_archive IS 'Months of the history that are not attached to their tables any more; authd.…_history reads both';

-- One view a table over its attached and its detached months.
CREATE FUNCTION authd.refresh_history_views() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  history record;
  detached name;
  columns text;
  body text;
BEGIN
  FOR history IN SELECT * FROM authd.history_table LOOP
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
     WHERE attrelid = ('authd.' || history.name)::regclass AND attnum > 0 AND NOT attisdropped;
    body := format('SELECT %s FROM authd.%I', columns, history.name);
    FOR detached IN SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                     WHERE nspname = 'authd_archive' AND relkind = 'r' AND relname ~ ('^' || history.name || '_\d{4}_\d{2}$')
                     ORDER BY relname LOOP
      body := body || format(' UNION ALL SELECT %s FROM authd_archive.%I', columns, detached);
    END LOOP;
    EXECUTE format('CREATE OR REPLACE VIEW authd.%I AS %s', history.name || '_history', body);
  END LOOP;
END $$;
COMMENT ON FUNCTION authd.refresh_history_views() IS 'After a month was detached, loaded back or dropped';

-- The legs of an entry come in one statement, so that one look at what the statement inserted is enough.
ALTER FUNCTION authd.refuse_unbalanced() SET search_path = pg_catalog;

-- Makes the partitions of a month, where they are missing. The owner's rights: whoever may insert may need one.
CREATE FUNCTION authd.ensure_month(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  history record;
  leaf text;
  begins timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  ends   timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock(7024330411764744194);
  FOR history IN SELECT * FROM authd.history_table LOOP
    leaf := history.name || to_char(month, '_YYYY_MM');
    CONTINUE WHEN to_regclass(format('authd.%I', leaf)) IS NOT NULL;
    EXECUTE format('CREATE TABLE authd.%I (LIKE authd.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', leaf, history.name);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.%I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change()', leaf);
    IF history.name = 'posting' THEN
      EXECUTE format('CREATE TRIGGER balanced AFTER INSERT ON authd.%I REFERENCING NEW TABLE AS inserted'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_unbalanced()', leaf);
    END IF;
    EXECUTE format('ALTER TABLE authd.%I ATTACH PARTITION authd.%I FOR VALUES FROM (%L) TO (%L)',
                   history.name, leaf, begins, ends);
  END LOOP;
END $$;
COMMENT ON FUNCTION authd.ensure_month(date) IS 'Makes the partitions of the month that the date lies in (UTC), where they are missing';

CREATE FUNCTION authd.ensure_months(ahead integer) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT authd.ensure_month((date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date)
    FROM generate_series(0, ahead) AS n
$$;
COMMENT ON FUNCTION authd.ensure_months(integer) IS 'This month''s partitions and those of so many months to come';

SELECT authd.ensure_month(month::date) FROM (
  SELECT DISTINCT date_trunc('month', decided_at AT TIME ZONE 'UTC') AS month FROM authd.decision_unpartitioned
  UNION SELECT date_trunc('month', booked_at AT TIME ZONE 'UTC') FROM authd.event_unpartitioned
  UNION SELECT date_trunc('month', booked_at AT TIME ZONE 'UTC') FROM authd.journal_entry_unpartitioned) AS m;
SELECT authd.ensure_months(2);

-- Columns in the order in which they were made: the tables are alike.
INSERT INTO authd.decision SELECT * FROM authd.decision_unpartitioned;
INSERT INTO authd.event SELECT * FROM authd.event_unpartitioned;
INSERT INTO authd.journal_entry SELECT * FROM authd.journal_entry_unpartitioned;
INSERT INTO authd.posting SELECT * FROM authd.posting_unpartitioned;
DROP TABLE authd.decision_unpartitioned, authd.event_unpartitioned, authd.journal_entry_unpartitioned,
           authd.posting_unpartitioned;

ALTER TABLE authd.decision ADD PRIMARY KEY (shard, seq, decided_at);
ALTER TABLE authd.event ADD PRIMARY KEY (shard, seq, booked_at);
ALTER TABLE authd.journal_entry ADD PRIMARY KEY (shard, seq, booked_at);
ALTER TABLE authd.posting ADD PRIMARY KEY (shard, seq, leg, booked_at);
ALTER TABLE authd.decision ADD CONSTRAINT decision_message_once UNIQUE (message_id, program, decided_at);
ALTER TABLE authd.event ADD CONSTRAINT event_notice_once UNIQUE (notice_id, program, booked_at);
CREATE INDEX decision_decided_at ON authd.decision USING brin (decided_at) WITH (autosummarize = on);
CREATE INDEX decision_card ON authd.decision (card_token, decided_at);
CREATE INDEX event_booked_at ON authd.event USING brin (booked_at) WITH (autosummarize = on);
CREATE INDEX journal_entry_account ON authd.journal_entry (account_id, booked_at, seq);
CREATE INDEX journal_entry_other_account ON authd.journal_entry (other_account_id, booked_at, seq)
  WHERE other_account_id IS NOT NULL;

CREATE TRIGGER balanced AFTER INSERT ON authd.posting
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_unbalanced();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.decision
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.event
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.journal_entry
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.posting
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
SELECT authd.refresh_history_views();
COMMENT ON VIEW authd.decision_history IS 'authd.decision with the months that were detached';

CREATE TABLE authd.balance_at (
  account_id   bigint NOT NULL,
  at           timestamptz NOT NULL,
  posted_minor bigint NOT NULL,
  held_minor   bigint NOT NULL,
  PRIMARY KEY (account_id, at)
);
COMMENT ON TABLE authd.balance_at IS 'Balances at the end of a month whose entries were archived: earlier ones need not be added up again';
DROP FUNCTION authd.partition_by(text, text);

-- An account is opened with its balance and, where it begins with money, the entry of it.
CREATE FUNCTION authd.open_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO authd.balance (account_id, posted_minor) SELECT id, opening_minor FROM opened;
  PERFORM authd.ensure_month(month::date)
     FROM (SELECT DISTINCT date_trunc('month', opened_at AT TIME ZONE 'UTC') AS month FROM opened WHERE opening_minor <> 0) AS m;
  WITH booked AS MATERIALIZED (
    SELECT *, CASE WHEN opened_shard = 0 THEN nextval('authd.entry_seq') ELSE opened_seq END AS seq
      FROM opened WHERE opening_minor <> 0
  ), entry AS (
    INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at, program)
    SELECT opened_shard, seq, 1, id, opened_at, program FROM booked
  )
  INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency, booked_at)
  SELECT opened_shard, seq, leg, book, id, sign * opening_minor, currency, opened_at
    FROM booked CROSS JOIN (VALUES (1, 1, 1), (2, 3, -1)) AS l(leg, book, sign);
  RETURN NULL;
END $$;
CREATE TRIGGER open_balances AFTER INSERT ON authd.account
  REFERENCING NEW TABLE AS opened FOR EACH STATEMENT EXECUTE FUNCTION authd.open_balances();
