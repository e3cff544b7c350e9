-- Reconciliation: what suppliers and processors state in their files, matched with what was booked.
--
-- The words: a line is what a file states, an item is what we have: an entry of the ledger, or an authorization of
-- which none was booked. A match ties lines and items together; what is wrong with a line, an item or a match is a
-- discrepancy; one that no rule resolves is an exception, for people.
--
-- Amounts are minor units as the wallet sees them: debits are negative. A difference is what was stated minus what
-- was booked. Numbered values are those of authd/recon.

-- ---------------------------------------------------------------------------------------------------------
-- Whose files, and which

CREATE TABLE authd.recon_supplier (
  id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  books      smallint NOT NULL CHECK (books BETWEEN 1 AND 2),
  is_active  boolean  NOT NULL DEFAULT true,
  changed_at timestamptz NOT NULL DEFAULT now(),
  approval_above_minor bigint NOT NULL DEFAULT 0 CHECK (approval_above_minor >= 0),
  name       text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 32),
  program    text COLLATE "C" NOT NULL CHECK (octet_length(program) BETWEEN 1 AND 32),
  definition jsonb NOT NULL
);
COMMENT ON TABLE authd.recon_supplier IS 'Who sends files, as the configuration had it when a daemon started last';
COMMENT ON COLUMN authd.recon_supplier.books IS '1 card: clearings, refunds and chargebacks; 2 transfers';
COMMENT ON COLUMN authd.recon_supplier.is_active IS 'False: no configuration names it any more';
COMMENT ON COLUMN authd.recon_supplier.approval_above_minor IS 'Of write-offs and adjustments: above it a second person decides';
COMMENT ON COLUMN authd.recon_supplier.definition IS 'Passes, fees and rules; for people';

CREATE TABLE authd.recon_run (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  requested_at  timestamptz NOT NULL DEFAULT now(),
  started_at    timestamptz,
  finished_at   timestamptz,
  cancel_requested_at timestamptz,
  period_from   timestamptz,
  period_to     timestamptz CHECK (period_to > period_from),
  file_bytes    bigint CHECK (file_bytes >= 0),
  duplicate_of  bigint REFERENCES authd.recon_run,
  lines         bigint,
  bad_lines     bigint,
  items         bigint,
  matched_lines bigint,
  matched_items bigint,
  discrepancies bigint,
  auto_resolved bigint,
  waiting       bigint,
  exceptions    bigint,
  stated_lines  bigint,
  stated_total_minor bigint,
  parse_us       bigint,
  match_us       bigint,
  discrepancy_us bigint,
  audit_us       bigint,
  attempts      integer  NOT NULL DEFAULT 0,
  supplier_id   smallint NOT NULL REFERENCES authd.recon_supplier,
  state         smallint NOT NULL CHECK (state BETWEEN 1 AND 8),
  origin        smallint NOT NULL CHECK (origin BETWEEN 1 AND 4),
  trailer       smallint,
  is_read       boolean  NOT NULL DEFAULT false,
  requested_by  text     NOT NULL CHECK (char_length(requested_by) BETWEEN 1 AND 100),
  file_name     text     NOT NULL CHECK (char_length(file_name) BETWEEN 1 AND 255),
  file_path     text,
  error         text,
  file_sha256   bytea CHECK (octet_length(file_sha256) = 32),
  outcome_sha256 bytea CHECK (octet_length(outcome_sha256) = 32)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX recon_run_file ON authd.recon_run (supplier_id, file_sha256) WHERE state NOT IN (6, 7, 8);
CREATE INDEX recon_run_pending ON authd.recon_run (id) WHERE state < 5;
CREATE INDEX recon_run_supplier ON authd.recon_run (supplier_id, id);
COMMENT ON TABLE authd.recon_run IS 'One reconciliation of one file';
COMMENT ON COLUMN authd.recon_run.state IS '1 receiving its file, 2 queued, 3 reading, 4 matching, 5 done, 6 failed, 7 cancelled, 8 refused: the file of another run';
COMMENT ON COLUMN authd.recon_run.origin IS '1 a file in the supplier''s directory, 2 upload, 3 found in the watched directory, 4 command line';
COMMENT ON COLUMN authd.recon_run.is_read IS 'Every line of the file is in recon_line: a run that died goes on with matching';
COMMENT ON COLUMN authd.recon_run.period_from IS 'Items from here until period_to must be in the file; null: the days that its lines lie in';
COMMENT ON COLUMN authd.recon_run.duplicate_of IS 'Of a refused one: the run that has read this file';
COMMENT ON COLUMN authd.recon_run.trailer IS 'Whether the file holds what its trailer says: authd/recon/reader.h; null: it was not read to its end';
COMMENT ON COLUMN authd.recon_run.outcome_sha256 IS 'Digest of every match it made: see authd.recon_outcome_digest()';
COMMENT ON COLUMN authd.recon_run.parse_us IS 'Microseconds for reading the file and storing its lines; the others likewise';

CREATE UNLOGGED TABLE authd.recon_progress (
  run_id     bigint NOT NULL PRIMARY KEY,
  done       bigint NOT NULL,
  total      bigint,
  started_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  stage      text NOT NULL
) WITH (fillfactor = 10);
COMMENT ON TABLE authd.recon_progress IS 'How far runs are that go on at this moment';
COMMENT ON COLUMN authd.recon_progress.total IS 'Null: not known; of the stage reading bytes of the file, otherwise steps, like done';

-- ---------------------------------------------------------------------------------------------------------
-- What was stated

CREATE TABLE authd.recon_line (
  run_id       bigint   NOT NULL,
  line_number  bigint   NOT NULL,
  amount_minor bigint   NOT NULL,
  fee_minor    bigint,
  occurred_at  timestamptz NOT NULL,
  settled_on   date,
  status       smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
  currency     char(3)  NOT NULL,
  reference    text COLLATE "C" NOT NULL,
  our_reference           text COLLATE "C",
  authorization_reference text COLLATE "C",
  kind         text COLLATE "C",
  card         text COLLATE "C",
  account      text COLLATE "C",
  merchant     text COLLATE "C",
  merchant_name text,
  counterparty text COLLATE "C",
  authorization_code text COLLATE "C",
  batch        text COLLATE "C",
  extra        jsonb,
  PRIMARY KEY (run_id, line_number)
);
COMMENT ON TABLE authd.recon_line IS 'What files state, line by line, as it was read';
COMMENT ON COLUMN authd.recon_line.status IS '1 settled, 2 pending, 3 failed, 4 reversed';
COMMENT ON COLUMN authd.recon_line.our_reference IS 'What is compared with our own ids; often the reference itself';
COMMENT ON COLUMN authd.recon_line.authorization_reference IS 'By what the supplier names the authorization; null where it does not';

CREATE TABLE authd.recon_bad_line (
  run_id      bigint   NOT NULL,
  line_number bigint   NOT NULL,
  reason      smallint NOT NULL,
  field       text,
  text        text     NOT NULL,
  PRIMARY KEY (run_id, line_number)
);
COMMENT ON TABLE authd.recon_bad_line IS 'Lines that could not be read, and why: authd/recon/bad_line.h';

-- ---------------------------------------------------------------------------------------------------------
-- What belongs together

CREATE SEQUENCE authd.recon_match_seq MAXVALUE 268435455;  -- of those made by hand; a run's are above
CREATE TABLE authd.recon_match (
  id          bigint   NOT NULL,
  run_id      bigint   NOT NULL,
  line_run_id bigint,
  line_number bigint,
  item_seq    bigint,
  ended_at    timestamptz,
  item_shard  integer,
  supplier_id smallint NOT NULL,
  item_kind   smallint CHECK (item_kind BETWEEN 1 AND 2),
  method      smallint NOT NULL CHECK (method BETWEEN 1 AND 10),
  confidence  smallint NOT NULL CHECK (confidence BETWEEN 1 AND 100),
  CHECK ((line_run_id IS NULL) = (line_number IS NULL)),
  CHECK ((item_seq IS NULL) = (item_shard IS NULL) AND (item_seq IS NULL) = (item_kind IS NULL)),
  CHECK (line_number IS NOT NULL OR item_seq IS NOT NULL)
);
CREATE INDEX recon_match_id ON authd.recon_match (id);
CREATE UNIQUE INDEX recon_match_line ON authd.recon_match (line_run_id, line_number)
  WHERE ended_at IS NULL AND line_number IS NOT NULL;
CREATE UNIQUE INDEX recon_match_item ON authd.recon_match (item_shard, item_seq, item_kind, supplier_id)
  WHERE ended_at IS NULL AND item_seq IS NOT NULL;
COMMENT ON TABLE authd.recon_match IS 'Lines and items that belong together. A match has as many rows as its longer side: they pair lines and items off, in order, and what is left of the longer side stands alone';
COMMENT ON COLUMN authd.recon_match.run_id IS 'The run that made it; the line may be an earlier run''s';
COMMENT ON COLUMN authd.recon_match.item_kind IS '1 an entry of the ledger (shard, seq), 2 an authorization (shard, id)';
COMMENT ON COLUMN authd.recon_match.method IS '1 reference, 2 reference_tolerance, 3 amount_window, 4 one_to_many, 5 many_to_one, 6 many_to_many, 7 net_of_fee, 8 currency, 9 reference_only, 10 manual';
COMMENT ON COLUMN authd.recon_match.ended_at IS 'When somebody took it back';

-- ---------------------------------------------------------------------------------------------------------
-- What is wrong

CREATE TABLE authd.recon_discrepancy (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id           bigint NOT NULL REFERENCES authd.recon_run,
  line_run_id      bigint,
  line_number      bigint,
  item_seq         bigint,
  match_id         bigint,
  authorization_id bigint,
  stated_minor     bigint,
  booked_minor     bigint,
  difference_minor bigint NOT NULL,
  opened_at        timestamptz NOT NULL DEFAULT now(),
  waits_until      timestamptz,
  resolved_at      timestamptz,
  changed_at       timestamptz NOT NULL DEFAULT now(),
  item_shard       integer,
  version          integer  NOT NULL DEFAULT 1,
  supplier_id      smallint NOT NULL REFERENCES authd.recon_supplier,
  item_kind        smallint CHECK (item_kind BETWEEN 1 AND 2),
  kind             smallint NOT NULL CHECK (kind BETWEEN 1 AND 11),
  state            smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
  resolution       smallint CHECK (resolution BETWEEN 1 AND 6),
  currency         char(3)  NOT NULL,
  rule             text,
  assignee         text CHECK (char_length(assignee) BETWEEN 1 AND 100),
  detail           jsonb NOT NULL DEFAULT '{}',
  CHECK ((state = 5) = (resolved_at IS NOT NULL) AND (state = 5) = (resolution IS NOT NULL)),
  CHECK ((state = 1) <= (waits_until IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX recon_discrepancy_run ON authd.recon_discrepancy (run_id, id);
CREATE INDEX recon_discrepancy_exception ON authd.recon_discrepancy (supplier_id, id) WHERE state BETWEEN 2 AND 4;
CREATE INDEX recon_discrepancy_open ON authd.recon_discrepancy (id) WHERE state BETWEEN 2 AND 4;
CREATE INDEX recon_discrepancy_waiting ON authd.recon_discrepancy (supplier_id, id) WHERE state = 1;
CREATE INDEX recon_discrepancy_line ON authd.recon_discrepancy (line_run_id, line_number) WHERE line_number IS NOT NULL;
CREATE INDEX recon_discrepancy_item ON authd.recon_discrepancy (item_shard, item_seq) WHERE item_seq IS NOT NULL;
COMMENT ON TABLE authd.recon_discrepancy IS 'What is wrong with a line, an item or a match, and what became of it';
COMMENT ON COLUMN authd.recon_discrepancy.kind IS '1 missing_internally, 2 missing_externally, 3 amount, 4 currency, 5 status, 6 date, 7 duplicate, 8 fee_variance, 9 cleared_without_authorization, 10 authorized_never_cleared, 11 over_captured';
COMMENT ON COLUMN authd.recon_discrepancy.state IS '1 waiting: a later file or booking may settle it, 2 open, 3 in_progress, 4 awaiting_approval, 5 resolved; 2 to 4 are exceptions';
COMMENT ON COLUMN authd.recon_discrepancy.resolution IS '1 by a rule, 2 matched by a later run, 3 matched by hand, 4 written_off, 5 adjusted, 6 dismissed';
COMMENT ON COLUMN authd.recon_discrepancy.detail IS 'What was expected and what was found, where the amounts do not say it';

CREATE TABLE authd.recon_comment (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  discrepancy_id bigint NOT NULL REFERENCES authd.recon_discrepancy,
  at             timestamptz NOT NULL DEFAULT now(),
  author         text NOT NULL,
  text           text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 2000)
);
CREATE INDEX recon_comment_discrepancy ON authd.recon_comment (discrepancy_id, id);

CREATE TABLE authd.recon_proposal (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  discrepancy_id bigint   NOT NULL REFERENCES authd.recon_discrepancy,
  amount_minor   bigint   NOT NULL CHECK (amount_minor <> 0),
  account_id     bigint   REFERENCES authd.account,
  entry_seq      bigint,
  proposed_at    timestamptz NOT NULL DEFAULT now(),
  decided_at     timestamptz,
  kind           smallint NOT NULL CHECK (kind BETWEEN 1 AND 2),
  verdict        smallint CHECK (verdict BETWEEN 1 AND 2),
  needs_second   boolean  NOT NULL,
  currency       char(3)  NOT NULL,
  reason         text     NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
  proposed_by    text     NOT NULL,
  decided_by     text,
  CHECK ((kind = 2) = (account_id IS NOT NULL)),
  CHECK ((verdict IS NULL) = (decided_by IS NULL) AND (verdict IS NULL) = (decided_at IS NULL)),
  CONSTRAINT two_people CHECK (NOT needs_second OR verdict IS DISTINCT FROM 1 OR decided_by <> proposed_by),
  CHECK ((verdict = 1) IS TRUE = (entry_seq IS NOT NULL))
);
CREATE UNIQUE INDEX recon_proposal_pending ON authd.recon_proposal (discrepancy_id) WHERE verdict IS NULL;
CREATE INDEX recon_proposal_discrepancy ON authd.recon_proposal (discrepancy_id, id);
COMMENT ON TABLE authd.recon_proposal IS 'Money that is to settle a discrepancy, and who decided on it';
COMMENT ON COLUMN authd.recon_proposal.kind IS '1 write_off: the issuer bears it; 2 adjustment: the account does';
COMMENT ON COLUMN authd.recon_proposal.amount_minor IS 'As the wallet would see it: of a loss negative';
COMMENT ON COLUMN authd.recon_proposal.verdict IS '1 approved, 2 rejected; null: not decided';
COMMENT ON COLUMN authd.recon_proposal.entry_seq IS 'Of an approved one: its entry of shard 0';

CREATE TABLE authd.recon_run_figure (
  run_id           bigint   NOT NULL REFERENCES authd.recon_run,
  found            bigint   NOT NULL,
  auto_resolved    bigint   NOT NULL,
  difference_minor numeric  NOT NULL,
  kind             smallint NOT NULL,
  currency         char(3)  NOT NULL,
  PRIMARY KEY (run_id, kind, currency)
);
COMMENT ON TABLE authd.recon_run_figure IS 'Discrepancies of each run by kind and currency, as it found them';
COMMENT ON COLUMN authd.recon_run_figure.difference_minor IS 'Their differences without signs, added up';

-- Authorizations that became overdue in a period are looked for by their time.
CREATE INDEX authorization_opened_at ON authd.authorization USING brin (opened_at) WITH (autosummarize = on);

-- ---------------------------------------------------------------------------------------------------------
-- The audit trail: every supplier's is a chain. A number that is missing, a row that was changed and one that was
-- put in break it.

CREATE TABLE authd.recon_trail (
  number         bigint   NOT NULL CHECK (number > 0),
  run_id         bigint,
  discrepancy_id bigint,
  at             timestamptz NOT NULL,
  supplier_id    smallint NOT NULL REFERENCES authd.recon_supplier,
  actor          text  NOT NULL,
  action         text  NOT NULL,
  detail         jsonb NOT NULL,
  hash           bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (supplier_id, number)
);
CREATE INDEX recon_trail_discrepancy ON authd.recon_trail (discrepancy_id, number) WHERE discrepancy_id IS NOT NULL;
CREATE INDEX recon_trail_run ON authd.recon_trail (run_id, number) WHERE run_id IS NOT NULL;
COMMENT ON TABLE authd.recon_trail IS 'Every step of every run and of every person. Append-only';
COMMENT ON COLUMN authd.recon_trail.hash IS 'SHA-256 over the row before and this one: authd.recon_trail_hash()';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.recon_trail
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();

CREATE TABLE authd.recon_trail_head (
  number      bigint   NOT NULL,
  supplier_id smallint NOT NULL PRIMARY KEY REFERENCES authd.recon_supplier,
  hash        bytea    NOT NULL
) WITH (fillfactor = 10);
COMMENT ON TABLE authd.recon_trail_head IS 'The last row of each chain: whoever adds one waits here';

-- Of the first row the one before is 32 zero bytes. jsonb has one text for one value.
CREATE FUNCTION authd.recon_trail_hash(previous bytea, supplier_id smallint, number bigint, at timestamptz, run_id bigint,
                                       discrepancy_id bigint, actor text, action text, detail jsonb)
  RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT sha256(previous || convert_to(jsonb_build_array(
    supplier_id, number, (extract(epoch FROM at) * 1000000)::bigint, run_id, discrepancy_id, actor, action, detail)::text, 'UTF8'))
$$;

-- Adds a row for each element, in their order; returns the number of the last.
CREATE FUNCTION authd.recon_note(supplier smallint, run bigint, actor text, discrepancies bigint[], actions text[], details jsonb[])
  RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  head   authd.recon_trail_head;
  moment timestamptz := date_trunc('milliseconds', clock_timestamp());
  at_no  integer;
BEGIN
  INSERT INTO authd.recon_trail_head VALUES (0, supplier, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM authd.recon_trail_head AS h WHERE h.supplier_id = supplier FOR UPDATE;
  FOR at_no IN 1 .. coalesce(array_length(actions, 1), 0) LOOP
    head.number := head.number + 1;
    head.hash := authd.recon_trail_hash(head.hash, supplier, head.number, moment, run, discrepancies[at_no], actor,
                                        actions[at_no], details[at_no]);
    INSERT INTO authd.recon_trail (supplier_id, number, at, run_id, discrepancy_id, actor, action, detail, hash)
    VALUES (supplier, head.number, moment, run, discrepancies[at_no], actor, actions[at_no], details[at_no], head.hash);
  END LOOP;
  UPDATE authd.recon_trail_head AS h SET number = head.number, hash = head.hash WHERE h.supplier_id = supplier;
  RETURN head.number;
END $$;
COMMENT ON FUNCTION authd.recon_note IS 'The only way to add to the audit trail';

-- The first row of the chain that is not as it was written; no row: all of them are.
CREATE FUNCTION authd.recon_broken(supplier smallint, OUT number bigint, OUT why text)
  RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT n, CASE WHEN n <> expected_n THEN 'a row is missing before it'
                 WHEN hash <> expected THEN 'it was changed'
                 ELSE 'the chain goes on after it' END
    FROM (SELECT t.number AS n, row_number() OVER w AS expected_n, t.hash,
                 authd.recon_trail_hash(coalesce(lag(t.hash) OVER w, decode(repeat('00', 32), 'hex')), t.supplier_id, t.number,
                                        t.at, t.run_id, t.discrepancy_id, t.actor, t.action, t.detail) AS expected,
                 h.number AS head_n, h.hash AS head_hash, lead(t.number) OVER w AS next_n
            FROM authd.recon_trail AS t LEFT JOIN authd.recon_trail_head AS h USING (supplier_id)
           WHERE t.supplier_id = supplier WINDOW w AS (ORDER BY t.number)) AS chain
   WHERE n <> expected_n OR hash <> expected OR (next_n IS NULL AND (head_n, head_hash) IS DISTINCT FROM (n, hash))
  UNION ALL
  SELECT h.number, 'all rows are missing' FROM authd.recon_trail_head AS h
   WHERE h.supplier_id = supplier AND h.number > 0 AND NOT EXISTS (SELECT FROM authd.recon_trail AS t WHERE t.supplier_id = supplier)
   ORDER BY 1 LIMIT 1
$$;

-- What a run matched, as one number: people take matches back, but do not change what the run had made of it. Its matches have
-- ids from run * 2^28 on: authd/recon/engine/outcome.cc.
CREATE FUNCTION authd.recon_outcome_digest(run bigint) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT sha256(coalesce(string_agg(digest, '' ORDER BY block), '')) FROM (
    SELECT (place - 1) / 10000 AS block,
           sha256(string_agg(convert_to(format('%s,%s,%s,%s,%s,%s,%s,%s;', dense, line_run_id, line_number, item_kind, item_shard,
                                               item_seq, method, confidence), 'UTF8'), '' ORDER BY place)) AS digest
      FROM (SELECT m.*, dense_rank() OVER (ORDER BY id) AS dense,
                   row_number() OVER (ORDER BY id, line_run_id, line_number, item_shard, item_seq) AS place
              FROM authd.recon_match AS m WHERE id BETWEEN run << 28 AND (run << 28) + 268435455) AS numbered
     GROUP BY 1) AS blocks
$$;
COMMENT ON FUNCTION authd.recon_outcome_digest IS 'SHA-256 over the matches that a run made, in blocks of 10,000 rows';

-- ---------------------------------------------------------------------------------------------------------
-- Money that settles a discrepancy

INSERT INTO authd.book VALUES
  (9, 'write_off', 'Differences with suppliers that the issuer bears: a loss moves it down');
INSERT INTO authd.entry_kind VALUES
  (20, 'write_off',             'A difference that the issuer bears: write_off X, of losses below 0; settlement or funding -X'),
  (21, 'settlement_correction', 'What a correction took from suspense is owed by the network or the funding side: suspense X, settlement or funding -X');

-- Books the two legs of an entry that no account has: `amount` in one book, its opposite in the other.
CREATE FUNCTION authd.recon_book(program text, entry_kind smallint, amount bigint, currency text, from_book smallint, to_book smallint)
  RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  number bigint := nextval('authd.entry_seq');
  moment timestamptz := now();
BEGIN
  IF NOT ((entry_kind = 20 AND from_book = 9) OR (entry_kind = 21 AND from_book = 5)) OR to_book NOT IN (3, 4) THEN
    RAISE EXCEPTION 'reconciliation does not book entries of kind % from book % to book %', entry_kind, from_book, to_book
      USING ERRCODE = 'check_violation';
  END IF;
  PERFORM authd.ensure_month((moment AT TIME ZONE 'UTC')::date);
  INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at, program)
    VALUES (0, number, entry_kind, 0, moment, recon_book.program);
  INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency, booked_at)
    VALUES (0, number, 1, from_book, 0, amount, recon_book.currency, moment),
           (0, number, 2, to_book, 0, -amount, recon_book.currency, moment);
  RETURN number;
END $$;
COMMENT ON FUNCTION authd.recon_book IS 'A balanced entry between two books of the issuer, in shard 0; returns its seq';

-- ---------------------------------------------------------------------------------------------------------
-- Who may do what
--
--   authd_recon   reads the books, writes what it found. Cannot touch balances, books or master data
--   authd_api     besides: starts and cancels runs, works on exceptions

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authd_recon') THEN
    CREATE ROLE authd_recon NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, 'authd_recon', 'MEMBER') THEN
    GRANT authd_recon TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role authd_recon is missing, or % is no member of it, and may not see to that itself', current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('As a superuser: CREATE ROLE authd_recon NOLOGIN; GRANT authd_recon TO %I;', current_user);
END $$;
GRANT USAGE ON SCHEMA authd TO authd_recon;
GRANT SELECT ON authd.account, authd.authorization, authd.transfer, authd.transfer_detail, authd.credit, authd.decision,
                authd.event, authd.journal_entry, authd.posting, authd.decision_history, authd.event_history,
                authd.journal_entry_history, authd.posting_history, authd.schema_migration, authd.archive_file TO authd_recon;
GRANT SELECT, INSERT, UPDATE ON authd.recon_supplier, authd.recon_run, authd.recon_progress, authd.recon_match,
                authd.recon_discrepancy, authd.recon_run_figure TO authd_recon;
GRANT SELECT, INSERT ON authd.recon_line, authd.recon_bad_line TO authd_recon;
GRANT DELETE ON authd.recon_progress TO authd_recon;
GRANT SELECT ON authd.recon_trail, authd.recon_trail_head TO authd_recon, authd_api;
GRANT USAGE ON SEQUENCE authd.recon_match_seq TO authd_recon, authd_api;
REVOKE EXECUTE ON FUNCTION authd.recon_note, authd.recon_book FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authd.recon_note TO authd_recon, authd_api;
GRANT EXECUTE ON FUNCTION authd.recon_book TO authd_api;

GRANT SELECT ON authd.recon_supplier, authd.recon_run, authd.recon_progress, authd.recon_line, authd.recon_bad_line,
                authd.recon_match, authd.recon_discrepancy, authd.recon_comment, authd.recon_proposal,
                authd.recon_run_figure TO authd_api;
GRANT INSERT ON authd.recon_run, authd.recon_match, authd.recon_comment, authd.recon_proposal TO authd_api;
GRANT UPDATE (state, cancel_requested_at, finished_at, file_bytes, file_sha256, file_path, error, duplicate_of)
  ON authd.recon_run TO authd_api;
GRANT UPDATE (ended_at) ON authd.recon_match TO authd_api;
GRANT UPDATE (state, resolution, resolved_at, changed_at, version, assignee, waits_until, match_id)
  ON authd.recon_discrepancy TO authd_api;
GRANT UPDATE (verdict, decided_by, decided_at, entry_seq) ON authd.recon_proposal TO authd_api;
