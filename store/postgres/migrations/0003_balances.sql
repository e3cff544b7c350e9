-- Balances leave the accounts' table: what people and services change (authd.account) and what the drain alone
-- writes (authd.balance) are different tables, so that roles can tell them apart and replicating the one does not
-- carry every change of the other.

ALTER TABLE authd.account
  ADD COLUMN opening_minor bigint   NOT NULL DEFAULT 0,
  ADD COLUMN opened_seq    bigint   NOT NULL DEFAULT 0,
  ADD COLUMN opened_shard  integer  NOT NULL DEFAULT 0,
  ADD COLUMN changed_at    timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN version       integer  NOT NULL DEFAULT 1,
  ADD COLUMN kyc           smallint NOT NULL DEFAULT 1 CHECK (kyc BETWEEN 1 AND 4),
  ADD COLUMN program       text COLLATE "C" NOT NULL DEFAULT '-' CHECK (octet_length(program) BETWEEN 1 AND 32);
UPDATE authd.account SET program = card.program
  FROM (SELECT account_id, min(program) AS program FROM authd.card GROUP BY account_id) AS card
 WHERE card.account_id = account.id;
UPDATE authd.account SET opening_minor = p.amount_minor, opened_shard = e.shard, opened_seq = e.seq
  FROM authd.journal_entry AS e JOIN authd.posting AS p USING (shard, seq)
 WHERE e.kind = 1 AND p.book = 1 AND p.account_id = account.id;

CREATE TABLE authd.balance (
  account_id           bigint  NOT NULL PRIMARY KEY REFERENCES authd.account,
  posted_minor         bigint  NOT NULL,
  held_minor           bigint  NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
  pending_credit_minor bigint  NOT NULL DEFAULT 0 CHECK (pending_credit_minor >= 0),
  state_seq            bigint  NOT NULL DEFAULT 0,
  state_shard          integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);  -- a balance changes in place: room for the next version on the same page
COMMENT ON TABLE authd.balance IS 'What an account has; written by the drain alone. available = posted - held + overdraft - minimum';
COMMENT ON COLUMN authd.balance.posted_minor IS 'Posted credits minus posted debits';
COMMENT ON COLUMN authd.balance.held_minor IS 'Sum of what authorizations and transfers hold';
COMMENT ON COLUMN authd.balance.pending_credit_minor IS 'Announced credits, not spendable yet';
COMMENT ON COLUMN authd.balance.state_shard IS 'Shard of the last drained change; 0: none yet';
COMMENT ON COLUMN authd.balance.state_seq IS 'Its record in the journal of that shard';
INSERT INTO authd.balance
  SELECT id, posted_minor, held_minor, pending_credit_minor, state_seq, state_shard FROM authd.account;

ALTER TABLE authd.account
  DROP COLUMN posted_minor, DROP COLUMN held_minor, DROP COLUMN pending_credit_minor,
  DROP COLUMN state_seq, DROP COLUMN state_shard;
ALTER TABLE authd.account RESET (fillfactor);
COMMENT ON TABLE authd.account IS 'A wallet. Its balance is in authd.balance.';
COMMENT ON COLUMN authd.account.program IS 'Whose it is; its cards may belong to others. ''-'' until its first card says';
COMMENT ON COLUMN authd.account.opening_minor IS 'What it began with; never changes';
COMMENT ON COLUMN authd.account.opened_shard IS 'Shard of the journal record that opened it; 0: PostgreSQL did';
COMMENT ON COLUMN authd.account.opened_seq IS 'That record; 0 where PostgreSQL did';
COMMENT ON COLUMN authd.account.kyc IS '1 none, 2 pending, 3 verified, 4 rejected: that of its holder';
COMMENT ON COLUMN authd.account.version IS 'Counts the changes';
