-- The ledger: accounts and cards, what was decided, what is held, and the double-entry book of it.
--
-- Amounts are minor units of the currency beside them, or of the account's currency. Numbered values
-- (status, kind, reason) are those of the program: core/rows.h, core/request.h, core/decision.h.
-- A shard is one authd with a journal of its own; (shard, seq) names one record of it. Shard 0 is
-- PostgreSQL itself. account_id stands in every row about an account: it is the key by which the
-- tables can be distributed over several servers.
--
-- Columns stand by size, widest first, so that rows hold no padding.

CREATE TABLE authd.account (
  id                bigint   NOT NULL PRIMARY KEY CHECK (id > 0),
  posted_minor      bigint   NOT NULL,
  held_minor        bigint   NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
  daily_limit_minor bigint   CHECK (daily_limit_minor >= 0),
  opened_at         timestamptz NOT NULL DEFAULT now(),
  state_seq         bigint   NOT NULL DEFAULT 0,
  state_shard       integer  NOT NULL DEFAULT 0,
  status            smallint NOT NULL CHECK (status BETWEEN 1 AND 3),
  currency          char(3)  NOT NULL CHECK (octet_length(currency) = 3)
) WITH (fillfactor = 70);  -- a balance changes in place: room for the next version on the same page
COMMENT ON TABLE authd.account IS 'A wallet. Balances are written by the drain alone.';
COMMENT ON COLUMN authd.account.status IS '1 active, 2 frozen, 3 closed';
COMMENT ON COLUMN authd.account.posted_minor IS 'Posted credits minus posted debits';
COMMENT ON COLUMN authd.account.held_minor IS 'Sum of the open holds; available = posted - held';
COMMENT ON COLUMN authd.account.state_shard IS 'Shard of the last drained change of a balance; 0: none yet';
COMMENT ON COLUMN authd.account.state_seq IS 'Its record in the journal of that shard';

CREATE TABLE authd.card (
  program    text COLLATE "C" NOT NULL CHECK (octet_length(program) BETWEEN 1 AND 32),
  token      text COLLATE "C" NOT NULL CHECK (octet_length(token) BETWEEN 1 AND 64),
  account_id bigint NOT NULL REFERENCES authd.account,
  expires_at timestamptz NOT NULL,
  transaction_limit_minor bigint CHECK (transaction_limit_minor >= 0),
  daily_limit_minor       bigint CHECK (daily_limit_minor >= 0),
  status     smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
  PRIMARY KEY (program, token)
);
COMMENT ON TABLE authd.card IS 'A processor''s card token bound to one account. Never a PAN.';
COMMENT ON COLUMN authd.card.status IS '1 active, 2 inactive, 3 frozen, 4 closed';
COMMENT ON COLUMN authd.card.expires_at IS 'The first moment at which the card is no longer valid';

CREATE TABLE authd.shard (
  shard       integer NOT NULL PRIMARY KEY CHECK (shard > 0),
  epoch       bigint  NOT NULL DEFAULT 0,
  owner       uuid,
  drained_seq bigint  NOT NULL DEFAULT 0 CHECK (drained_seq >= 0),
  drained_at  timestamptz
) WITH (fillfactor = 10);  -- one row, written by every drain transaction
COMMENT ON TABLE authd.shard IS 'How far each shard''s journal has been drained, and by whom';
COMMENT ON COLUMN authd.shard.epoch IS 'Grows with every claim; a drain with another epoch or owner is deposed';
COMMENT ON COLUMN authd.shard.owner IS 'Random per claim: tells two claims of one epoch apart after a failover lost the first';
COMMENT ON COLUMN authd.shard.drained_seq IS 'The ledger holds every record up to this one';

CREATE TABLE authd.decision (
  seq                   bigint   NOT NULL,
  decided_at            timestamptz NOT NULL,
  account_id            bigint,
  hold_id               bigint,
  amount_minor          bigint   NOT NULL CHECK (amount_minor >= 0),
  approved_minor        bigint   NOT NULL CHECK (approved_minor BETWEEN 0 AND amount_minor),
  posted_after_minor    bigint   NOT NULL,
  available_after_minor bigint   NOT NULL,
  shard                 integer  NOT NULL,
  merchant_mcc          integer,
  kind                  smallint NOT NULL,
  reason                smallint NOT NULL,
  currency              char(3)  NOT NULL,
  program               text COLLATE "C" NOT NULL,
  message_id            text COLLATE "C" NOT NULL,
  increments            text COLLATE "C",
  card_token            text COLLATE "C" NOT NULL,
  merchant_id           text COLLATE "C",
  merchant_name         text COLLATE "C",
  merchant_country      text COLLATE "C",
  PRIMARY KEY (shard, seq),
  CONSTRAINT decision_message_once UNIQUE (message_id, program)  -- the message first: most comparisons end there
);
CREATE INDEX decision_decided_at ON authd.decision USING brin (decided_at) WITH (autosummarize = on);
COMMENT ON TABLE authd.decision IS 'One row for each request that was decided. Append-only.';
COMMENT ON COLUMN authd.decision.account_id IS 'The account whose money was reserved; null when none was';
COMMENT ON COLUMN authd.decision.hold_id IS 'The hold it opened or increased; null when none';
COMMENT ON COLUMN authd.decision.kind IS '1 purchase, 2 cash, 3 quasi_cash, 4 credit, 5 account_verification, 6 balance_inquiry, 7 unsupported';
COMMENT ON COLUMN authd.decision.reason IS '0 approved, otherwise why it was declined';
COMMENT ON COLUMN authd.decision.increments IS 'The earlier message whose hold this one adds to';
COMMENT ON COLUMN authd.decision.posted_after_minor IS 'The account''s balance after it; 0 when no account was found';
COMMENT ON COLUMN authd.decision.merchant_name IS 'As the acquirer sent it; what is not UTF-8 is replaced by U+FFFD';

CREATE TABLE authd.hold (
  id                    bigint   NOT NULL,
  account_id            bigint   NOT NULL,
  amount_minor          bigint   NOT NULL CHECK (amount_minor >= 0),
  opened_at             timestamptz NOT NULL,
  shard                 integer  NOT NULL,
  status                smallint NOT NULL CHECK (status BETWEEN 1 AND 4),
  currency              char(3)  NOT NULL,
  program               text COLLATE "C" NOT NULL,
  card_token            text COLLATE "C" NOT NULL,
  authorization_message text COLLATE "C" NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 90);
CREATE INDEX hold_open ON authd.hold (account_id) WHERE status = 1;
COMMENT ON TABLE authd.hold IS 'Money of an account reserved for one authorization';
COMMENT ON COLUMN authd.hold.id IS 'The seq of the record that opened it';
COMMENT ON COLUMN authd.hold.amount_minor IS 'Still reserved';
COMMENT ON COLUMN authd.hold.status IS '1 open, 2 captured, 3 released, 4 expired';

CREATE TABLE authd.book (
  book        smallint NOT NULL PRIMARY KEY,
  name        text     NOT NULL UNIQUE,
  description text     NOT NULL
);
COMMENT ON TABLE authd.book IS 'The books an account''s money can stand in';
INSERT INTO authd.book VALUES
  (1, 'wallet',  'What the cardholder can spend: the sum is the account''s posted_minor - held_minor'),
  (2, 'holds',   'Reserved for authorizations: the sum is the account''s held_minor'),
  (3, 'funding', 'Where the wallet''s money came from: the issuer''s settlement side');

CREATE TABLE authd.entry_kind (
  kind        smallint NOT NULL PRIMARY KEY,
  name        text     NOT NULL UNIQUE,
  description text     NOT NULL
);
COMMENT ON TABLE authd.entry_kind IS 'What a journal entry books';
INSERT INTO authd.entry_kind VALUES
  (1, 'opening_balance', 'The balance an account starts with: wallet +X, funding -X'),
  (2, 'authorization',   'Money reserved for an approved request: wallet -X, holds +X');

CREATE TABLE authd.journal_entry (
  seq        bigint   NOT NULL,
  booked_at  timestamptz NOT NULL,
  account_id bigint   NOT NULL,
  shard      integer  NOT NULL,
  kind       smallint NOT NULL,
  PRIMARY KEY (shard, seq)
);
COMMENT ON TABLE authd.journal_entry IS 'One entry of the double-entry book. Append-only: a mistake is corrected by another entry.';
COMMENT ON COLUMN authd.journal_entry.kind IS 'See authd.entry_kind';
COMMENT ON COLUMN authd.journal_entry.seq IS 'The record that was booked; for shard 0 a number of authd.entry_seq';
CREATE SEQUENCE authd.entry_seq;

CREATE TABLE authd.posting (
  seq          bigint   NOT NULL,
  account_id   bigint   NOT NULL,
  amount_minor bigint   NOT NULL CHECK (amount_minor <> 0),
  shard        integer  NOT NULL,
  leg          smallint NOT NULL,
  book         smallint NOT NULL,
  currency     char(3)  NOT NULL,
  PRIMARY KEY (shard, seq, leg)
);
COMMENT ON TABLE authd.posting IS 'The legs of the entries; they sum to zero per entry and currency. Append-only.';
COMMENT ON COLUMN authd.posting.leg IS '1, 2, … within the entry';
COMMENT ON COLUMN authd.posting.book IS 'See authd.book';

-- The legs of an entry come in one statement, so that one look at what the statement inserted is enough:
-- 2 µs a decision. A foreign key to journal_entry as well would cost 6 µs of the 17 that draining a decision
-- takes; entries and legs have one writer, and an audit can compare them.
CREATE FUNCTION authd.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT shard, seq, currency, sum(amount_minor) AS minor INTO wrong
    FROM inserted GROUP BY shard, seq, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % of shard % does not balance: % minor units of % are left',
      wrong.seq, wrong.shard, wrong.minor, wrong.currency USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER balanced AFTER INSERT ON authd.posting
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_unbalanced();

CREATE FUNCTION authd.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only: a mistake is corrected by another entry', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.decision
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.journal_entry
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.posting
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
