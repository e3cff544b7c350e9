-- Where the months of the history are that are not in its tables any more: see store/archive/archive.h.
--
-- A month is hot (partitions of authd.decision, …), warm (tables of authd_archive, read by authd.…_history), or cold:
-- files alone. Its closing balances are written when it leaves the hot tables, so that
--   every posting that is not in authd.posting is in authd.balance_at from the end of its month on.
-- All that asks for balances as of a time follows from this line, late records and lost months included.

CREATE TABLE authd.archive_file (
  row_count      bigint   NOT NULL CHECK (row_count >= 0),
  plain_bytes    bigint   NOT NULL,
  gzip_bytes     bigint   NOT NULL,
  exported_at    timestamptz NOT NULL DEFAULT now(),
  dropped_at     timestamptz,
  restored_at    timestamptz,
  deleted_at     timestamptz,
  month          date     NOT NULL CHECK (month = date_trunc('month', month)),
  part           integer  NOT NULL CHECK (part > 0),
  schema_version integer  NOT NULL,
  history_table  text     NOT NULL REFERENCES authd.history_table,
  path           text     NOT NULL,
  first_key      text,
  last_key       text,
  row_digest     text     NOT NULL,
  plain_sha256   text     NOT NULL CHECK (plain_sha256 ~ '^[0-9a-f]{64}$'),
  gzip_sha256    text     NOT NULL CHECK (gzip_sha256 ~ '^[0-9a-f]{64}$'),
  columns        text[]   NOT NULL,
  PRIMARY KEY (month, history_table, part)
);
COMMENT ON TABLE authd.archive_file IS 'The manifest: every file that months of the history were exported to';
COMMENT ON COLUMN authd.archive_file.part IS '1; more when records of the month came after it was exported';
COMMENT ON COLUMN authd.archive_file.path IS 'Below the archive''s directory: gzip of CSV as COPY … (FORMAT csv, HEADER) has it';
COMMENT ON COLUMN authd.archive_file.row_digest IS 'Sum, modulo 2^64, of the first seven bytes of the SHA-256 of every row as text';
COMMENT ON COLUMN authd.archive_file.dropped_at IS 'Since when its rows are in the file alone; null: they are in PostgreSQL as well';
COMMENT ON COLUMN authd.archive_file.restored_at IS 'When its rows were last loaded back';
COMMENT ON COLUMN authd.archive_file.deleted_at IS 'When the file was deleted for its age';

COMMENT ON TABLE authd.balance_at IS 'Balances at the end of a month that left authd.posting: all its postings, and all of such months before it';
COMMENT ON COLUMN authd.balance_at.at IS 'The first moment after the month (UTC)';
COMMENT ON COLUMN authd.balance_at.posted_minor IS 'Of the books wallet and holds; held_minor of holds alone';

CREATE TABLE authd.cold_book (
  month    date     NOT NULL,
  minor    numeric  NOT NULL,
  book     smallint NOT NULL,
  currency char(3)  NOT NULL,
  program  text COLLATE "C" NOT NULL,
  PRIMARY KEY (month, program, book, currency)
);
COMMENT ON TABLE authd.cold_book IS 'What the postings of a cold month come to in each book, for authd.trial_balance';

CREATE OR REPLACE VIEW authd.trial_balance AS
  SELECT program, book.name AS book, currency, sum(part.minor) AS minor
    FROM (SELECT CASE WHEN e.kind = 1 OR p.book IN (1, 2) THEN coalesce(a.program, e.program) ELSE e.program END AS program,
                 p.book, p.currency, p.amount_minor::numeric AS minor
            FROM authd.posting_history AS p
            JOIN authd.journal_entry_history AS e USING (shard, seq, booked_at)
            LEFT JOIN authd.account AS a ON a.id = p.account_id
          UNION ALL
          SELECT program, book, currency, minor FROM authd.cold_book) AS part
    JOIN authd.book USING (book)
   GROUP BY 1, 2, 3;

-- The views one by one: whoever moves a month must lock no more than one of them at a time.
CREATE FUNCTION authd.refresh_history_view(history text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  detached name;
  columns text;
  body text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
   WHERE attrelid = ('authd.' || history)::regclass AND attnum > 0 AND NOT attisdropped;
  body := format('SELECT %s FROM authd.%I', columns, history);
  FOR detached IN SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                   WHERE nspname = 'authd_archive' AND relkind = 'r' AND relname ~ ('^' || history || '_\d{4}_\d{2}$')
                   ORDER BY relname LOOP
    body := body || format(' UNION ALL SELECT %s FROM authd_archive.%I', columns, detached);
  END LOOP;
  EXECUTE format('CREATE OR REPLACE VIEW authd.%I AS %s', history || '_history', body);
END $$;
COMMENT ON FUNCTION authd.refresh_history_view(text) IS 'After a month of this table was detached, loaded back or dropped';
CREATE OR REPLACE FUNCTION authd.refresh_history_views() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT authd.refresh_history_view(name) FROM authd.history_table ORDER BY name
$$;

CREATE FUNCTION authd.balance_as_of(account bigint, t timestamptz)
  RETURNS TABLE (posted_minor bigint, held_minor bigint)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog
  -- An account's entries are few whatever the planner thinks: reading all of a table is always wrong, and to plan for
  -- every partition takes longer than to read from it.
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  base_at     timestamptz := '-infinity';
  base_posted bigint := 0;
  base_held   bigint := 0;
  cold        date := date_trunc('month', $2 AT TIME ZONE 'UTC')::date;
BEGIN
  IF NOT EXISTS (SELECT FROM authd.account AS a WHERE a.id = $1 AND a.opened_at < $2) THEN
    RETURN;
  END IF;
  IF cold::timestamp AT TIME ZONE 'UTC' <> $2
     AND EXISTS (SELECT FROM authd.archive_file AS f WHERE f.month = cold AND f.dropped_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the postings of % are in archive files', to_char(cold, 'YYYY-MM')
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('authd archive restore %s', to_char(cold, 'YYYY-MM'));
  END IF;
  SELECT b.at, b.posted_minor, b.held_minor INTO base_at, base_posted, base_held
    FROM authd.balance_at AS b WHERE b.account_id = $1 AND b.at <= $2 ORDER BY b.at DESC LIMIT 1;
  IF NOT FOUND THEN
    base_at := '-infinity';
  END IF;
  -- What is in the hot tables is in no balance_at, however old it is.
  RETURN QUERY
    WITH entry AS MATERIALIZED (
      SELECT e.shard, e.seq, e.booked_at FROM authd.journal_entry_history AS e
       WHERE e.account_id = $1 AND e.booked_at >= base_at AND e.booked_at < $2
      UNION SELECT e.shard, e.seq, e.booked_at FROM authd.journal_entry_history AS e
       WHERE e.other_account_id = $1 AND e.booked_at >= base_at AND e.booked_at < $2
      UNION SELECT e.shard, e.seq, e.booked_at FROM authd.journal_entry AS e
       WHERE e.account_id = $1 AND e.booked_at < base_at
      UNION SELECT e.shard, e.seq, e.booked_at FROM authd.journal_entry AS e
       WHERE e.other_account_id = $1 AND e.booked_at < base_at)
    SELECT (coalesce(base_posted, 0) + coalesce(sum(p.amount_minor), 0))::bigint,
           (coalesce(base_held, 0) + coalesce(sum(p.amount_minor) FILTER (WHERE p.book = 2), 0))::bigint
      FROM entry JOIN authd.posting_history AS p USING (shard, seq, booked_at)
     WHERE p.account_id = $1 AND p.book IN (1, 2);
END $$;
COMMENT ON FUNCTION authd.balance_as_of(bigint, timestamptz) IS
  'What was booked on the account before t: a statement over [a, b) opens with the balance as of a and closes with that as of b. No row: it was not open before t. Refuses a time within a cold month; its ends can be asked for';

GRANT SELECT ON authd.archive_file TO authd_api, authd_drain;
