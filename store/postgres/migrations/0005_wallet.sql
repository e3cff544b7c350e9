-- The wallet: who holds accounts, money that is moved on request, who may ask, and who changed what.

CREATE SEQUENCE authd.holder_id_seq;
CREATE TABLE authd.holder (
  id         bigint NOT NULL PRIMARY KEY DEFAULT nextval('authd.holder_id_seq') CHECK (id > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  version    integer  NOT NULL DEFAULT 1,
  kyc        smallint NOT NULL DEFAULT 1 CHECK (kyc BETWEEN 1 AND 4),
  program    text COLLATE "C" NOT NULL CHECK (octet_length(program) BETWEEN 1 AND 32),
  reference  text CHECK (octet_length(reference) BETWEEN 1 AND 64),
  name       text CHECK (char_length(name) BETWEEN 1 AND 200),
  email      text CHECK (char_length(email) BETWEEN 3 AND 254),
  phone      text CHECK (char_length(phone) BETWEEN 3 AND 32),
  UNIQUE (program, reference)
);
CREATE INDEX holder_program ON authd.holder (program, id);
COMMENT ON TABLE authd.holder IS 'Whom accounts belong to';
COMMENT ON COLUMN authd.holder.kyc IS '1 none, 2 pending, 3 verified, 4 rejected: whether the holder is known';
COMMENT ON COLUMN authd.holder.reference IS 'The issuer''s own name for the holder';
COMMENT ON COLUMN authd.holder.version IS 'Counts the changes';

-- Numbers of accounts that nobody else chose, above those that issuers usually choose.
CREATE SEQUENCE authd.account_id_seq MINVALUE 1000000000000;
ALTER TABLE authd.account
  ALTER COLUMN id SET DEFAULT nextval('authd.account_id_seq'),
  ADD COLUMN holder_id bigint REFERENCES authd.holder,
  ADD COLUMN name text CHECK (char_length(name) BETWEEN 1 AND 100);
CREATE INDEX account_holder ON authd.account (holder_id) WHERE holder_id IS NOT NULL;
CREATE INDEX account_program ON authd.account (program, id);
COMMENT ON COLUMN authd.account.name IS 'For people';
ALTER TABLE authd.card
  ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN version integer NOT NULL DEFAULT 1;
CREATE INDEX card_account ON authd.card (account_id);

-- ---------------------------------------------------------------------------------------------------------
-- Money that is moved on request

INSERT INTO authd.book VALUES
  (7, 'fees',     'What cardholders were charged: fees move it up'),
  (8, 'referral', 'What was earned by referring others: payouts move it down');
INSERT INTO authd.entry_kind VALUES
  (10, 'top_up',              'wallet +X, funding -X'),
  (11, 'withdrawal',          'wallet -X, funding +X'),
  (12, 'fee',                 'wallet -X, fees +X'),
  (13, 'transfer',            'Between two wallets: one -X, the other +X'),
  (14, 'wire',                'Settled by the bank: holds -X, funding +X'),
  (15, 'referral',            'wallet +X, referral -X'),
  (16, 'correction',          'wallet +X or -X, suspense the other way'),
  (17, 'reservation',         'Money reserved for a transfer that is not settled yet: wallet -X, holds +X'),
  (18, 'reservation_release', 'Returned before it was settled: wallet +X, holds -X'),
  (19, 'wire_return',         'Returned after it was settled: wallet +X, funding -X');

CREATE TABLE authd.transfer (
  begun_seq       bigint   NOT NULL,
  changed_seq     bigint   NOT NULL,
  amount_minor    bigint   NOT NULL CHECK (amount_minor > 0),
  from_account_id bigint,
  to_account_id   bigint,
  requested_at    timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  posted_at       timestamptz,
  returned_at     timestamptz,
  shard           integer  NOT NULL,
  kind            smallint NOT NULL CHECK (kind BETWEEN 1 AND 7),
  status          smallint NOT NULL CHECK (status BETWEEN 1 AND 5),
  reason          smallint NOT NULL,
  reserve         boolean  NOT NULL,
  mirrored        boolean  NOT NULL,
  currency        char(3)  NOT NULL,
  program         text COLLATE "C" NOT NULL,
  id              text COLLATE "C" NOT NULL,
  PRIMARY KEY (id, program)
) WITH (fillfactor = 90);
CREATE INDEX transfer_from ON authd.transfer (from_account_id, requested_at) WHERE from_account_id IS NOT NULL;
CREATE INDEX transfer_to ON authd.transfer (to_account_id, requested_at) WHERE to_account_id IS NOT NULL;
CREATE INDEX transfer_program ON authd.transfer (program, requested_at);
COMMENT ON TABLE authd.transfer IS 'Money that was moved on request, or could not be; written by the drain alone';
COMMENT ON COLUMN authd.transfer.from_account_id IS 'Null: it comes from outside';
COMMENT ON COLUMN authd.transfer.to_account_id IS 'Null: it goes outside';
COMMENT ON COLUMN authd.transfer.kind IS '1 top_up, 2 withdrawal, 3 fee, 4 transfer, 5 wire, 6 referral, 7 correction';
COMMENT ON COLUMN authd.transfer.status IS '1 reserved, 2 sent, 3 posted, 4 returned, 5 declined';
COMMENT ON COLUMN authd.transfer.reason IS 'Why it was declined; 0: it was not';
COMMENT ON COLUMN authd.transfer.reserve IS 'It was asked for as a reservation, to be settled later';
COMMENT ON COLUMN authd.transfer.mirrored IS 'It is a row of authd.credit; its id is that row''s';
COMMENT ON COLUMN authd.transfer.begun_seq IS 'The record that began it; changed_seq the last that changed it';

CREATE TABLE authd.transfer_detail (
  program      text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  reference    text CHECK (char_length(reference) <= 140),
  counterparty jsonb,
  PRIMARY KEY (id, program)
);
COMMENT ON TABLE authd.transfer_detail IS 'What was said about a transfer when it was asked for; nothing is decided on it';

CREATE TABLE authd.credit (
  id           bigint   GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY CHECK (id > 0),
  account_id   bigint   NOT NULL REFERENCES authd.account,
  amount_minor bigint   NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
  created_at   timestamptz NOT NULL DEFAULT now(),
  kind         smallint NOT NULL DEFAULT 1 CHECK (kind IN (1, 6, 7)),
  currency     char(3)  NOT NULL,
  created_by   text     NOT NULL DEFAULT session_user,
  reference    text     CHECK (char_length(reference) <= 140)
);
COMMENT ON TABLE authd.credit IS 'Money that others give to accounts: insert a row, and it can be spent once it is mirrored. Append-only.';
COMMENT ON COLUMN authd.credit.kind IS '1 top_up, 6 referral, 7 correction';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.credit
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE FUNCTION authd.refuse_other_currency() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.currency <> (SELECT currency FROM authd.account WHERE id = NEW.account_id) THEN
    RAISE EXCEPTION 'account % is not kept in %', NEW.account_id, NEW.currency USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER same_currency BEFORE INSERT ON authd.credit
  FOR EACH ROW EXECUTE FUNCTION authd.refuse_other_currency();

CREATE VIEW authd.trial_balance AS
  SELECT CASE WHEN e.kind = 1 OR p.book IN (1, 2) THEN coalesce(a.program, e.program) ELSE e.program END AS program,
         b.name AS book, p.currency, sum(p.amount_minor) AS minor
    FROM authd.posting_history AS p
    JOIN authd.journal_entry_history AS e USING (shard, seq, booked_at)
    JOIN authd.book AS b USING (book)
    LEFT JOIN authd.account AS a ON a.id = p.account_id
   GROUP BY 1, 2, 3;
COMMENT ON VIEW authd.trial_balance IS 'The chart of accounts with its balances: of every program the books, wallets and holds summed up';

-- ---------------------------------------------------------------------------------------------------------
-- Who may ask

CREATE TABLE authd.api_key (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  program      text COLLATE "C",
  name         text  NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
  prefix       text COLLATE "C" NOT NULL UNIQUE,
  created_by   text  NOT NULL DEFAULT session_user,
  scopes       text[] NOT NULL,
  hash         bytea NOT NULL CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE authd.api_key IS 'Keys of the wallet API: the SHA-256 of each, never the key';
COMMENT ON COLUMN authd.api_key.program IS 'Whose objects it may see; null: every program''s';

CREATE TABLE authd.idempotency (
  created_at   timestamptz NOT NULL DEFAULT now(),
  status       smallint,
  program      text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  headers      text,
  body         bytea,
  PRIMARY KEY (program, key)
);
CREATE INDEX idempotency_created_at ON authd.idempotency USING brin (created_at);
COMMENT ON TABLE authd.idempotency IS 'Answers to requests that create something, for their repetitions';

-- ---------------------------------------------------------------------------------------------------------
-- Who changed what

CREATE TABLE authd.change_log (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        timestamptz NOT NULL DEFAULT now(),
  object    text NOT NULL,
  action    text NOT NULL,
  actor     text NOT NULL,
  before    jsonb,
  after     jsonb
);
CREATE INDEX change_log_at ON authd.change_log USING brin (at);
COMMENT ON TABLE authd.change_log IS 'Every change of what people and services may change. Append-only.';
COMMENT ON COLUMN authd.change_log.object IS 'The table';
COMMENT ON COLUMN authd.change_log.actor IS 'What the setting authd.actor says, otherwise the role that logged in';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.change_log
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();

CREATE FUNCTION authd.log_inserts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO authd.change_log (object, action, actor, after)
    SELECT TG_TABLE_NAME, 'insert', coalesce(nullif(current_setting('authd.actor', true), ''), session_user), to_jsonb(added) - 'hash' FROM inserted AS added;
  RETURN NULL;
END $$;
CREATE FUNCTION authd.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO authd.change_log (object, action, actor, before, after)
    VALUES (TG_TABLE_NAME, lower(TG_OP), coalesce(nullif(current_setting('authd.actor', true), ''), session_user), to_jsonb(OLD) - 'hash',
            CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(NEW) - 'hash' END);
  RETURN NULL;
END $$;
CREATE FUNCTION authd.count_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.changed_at := now();
  RETURN NEW;
END $$;
DO $$
DECLARE
  changed text;
BEGIN
  FOREACH changed IN ARRAY ARRAY['holder', 'account', 'card', 'spend_control', 'credit', 'api_key', 'transfer_detail'] LOOP
    EXECUTE format('CREATE TRIGGER log_inserts AFTER INSERT ON authd.%I REFERENCING NEW TABLE AS inserted'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION authd.log_inserts()', changed);
    EXECUTE format('CREATE TRIGGER log_deletes AFTER DELETE ON authd.%I FOR EACH ROW EXECUTE FUNCTION authd.log_change()', changed);
  END LOOP;
  FOREACH changed IN ARRAY ARRAY['holder', 'account', 'card', 'spend_control'] LOOP
    EXECUTE format('CREATE TRIGGER log_changes AFTER UPDATE ON authd.%I FOR EACH ROW'
                   ' WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.log_change()', changed);
  END LOOP;
  FOREACH changed IN ARRAY ARRAY['holder', 'account', 'card'] LOOP
    EXECUTE format('CREATE TRIGGER count_version BEFORE UPDATE ON authd.%I FOR EACH ROW'
                   ' WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.count_version()', changed);
  END LOOP;
END $$;
CREATE TRIGGER log_changes AFTER UPDATE ON authd.api_key FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION authd.log_change();

-- What a holder's KYC status is, its accounts' is.
CREATE FUNCTION authd.pass_kyc_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE authd.account SET kyc = NEW.kyc WHERE holder_id = NEW.id AND kyc <> NEW.kyc;
  RETURN NULL;
END $$;
CREATE TRIGGER pass_kyc_on AFTER UPDATE OF kyc ON authd.holder FOR EACH ROW EXECUTE FUNCTION authd.pass_kyc_on();
CREATE FUNCTION authd.take_kyc_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  -- Locked: a change of the holder that is under way comes after this row or is seen by it.
  SELECT kyc INTO NEW.kyc FROM authd.holder WHERE id = NEW.holder_id FOR SHARE;
  RETURN NEW;
END $$;
CREATE TRIGGER take_kyc_over BEFORE INSERT OR UPDATE OF holder_id ON authd.account FOR EACH ROW
  WHEN (NEW.holder_id IS NOT NULL) EXECUTE FUNCTION authd.take_kyc_over();

-- ---------------------------------------------------------------------------------------------------------
-- What reaches the state: see store/mirror. With the whole old row, so that large columns that did not change are there.

ALTER TABLE authd.spend_control REPLICA IDENTITY FULL;
CREATE PUBLICATION authd FOR TABLE authd.account, authd.card, authd.spend_control, authd.credit;
