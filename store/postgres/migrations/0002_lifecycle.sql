-- Life cycles of authorizations, spend controls, and whatever else a state is rebuilt from.
--
-- Limits of accounts and cards become spend controls, holds become authorizations. What was used of the
-- daily limits is not carried over: as controls they begin to count anew. The days of an account's limit were
-- those of whichever program its card was in; now they are those of UTC, until the control is edited.
--
-- Columns of type bytea named image, and spent, are in the formats of store/format/rows.h; the columns
-- beside them say the same to people, where it concerns them.

-- Numbers as those formats have them; gone at the end of this file. A zigzag of what is not negative is the
-- varint of twice as much.
CREATE FUNCTION authd.varint(value numeric) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  rest numeric := value;
  bytes bytea := '';
BEGIN
  WHILE rest >= 128 LOOP
    bytes := bytes || set_byte('\x00'::bytea, 0, (128 + mod(rest, 128))::integer);
    rest := div(rest, 128);
  END LOOP;
  RETURN bytes || set_byte('\x00'::bytea, 0, rest::integer);
END $$;
CREATE FUNCTION authd.short_text(value text) RETURNS bytea LANGUAGE sql AS $$
  SELECT set_byte('\x00'::bytea, 0, octet_length(value)) || convert_to(value, 'UTF8')
$$;

-- ---------------------------------------------------------------------------------------------------------
-- Spend controls

CREATE SEQUENCE authd.counter_seq MINVALUE 4611686018427387904;
COMMENT ON SEQUENCE authd.counter_seq IS
  'Names counters that no journal record names: from 2^62 on, where no journal''s sequence comes';

CREATE TABLE authd.spend_control (
  owner       bytea    NOT NULL,
  id          bigint   NOT NULL CHECK (id > 0),
  account_id  bigint   REFERENCES authd.account,
  counter_id  bigint,
  changed_at  timestamptz NOT NULL DEFAULT now(),
  removed_at  timestamptz,
  state_seq   bigint   NOT NULL DEFAULT 0,
  state_shard integer  NOT NULL DEFAULT 0,
  version     integer  NOT NULL CHECK (version > 0),
  level       smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
  mode        smallint NOT NULL CHECK (mode BETWEEN 1 AND 2),
  check_kind  smallint NOT NULL CHECK (check_kind BETWEEN 1 AND 7),
  program     text COLLATE "C",
  card_token  text COLLATE "C",
  image       bytea    NOT NULL,
  definition  jsonb,
  PRIMARY KEY (owner, id),
  FOREIGN KEY (program, card_token) REFERENCES authd.card,
  CHECK ((program IS NOT NULL) = (level <> 2) AND (account_id IS NOT NULL) = (level = 2)
         AND (card_token IS NOT NULL) = (level = 3))
);
CREATE INDEX spend_control_account ON authd.spend_control (account_id) WHERE level = 2;
CREATE INDEX spend_control_card ON authd.spend_control (program, card_token) WHERE level = 3;
COMMENT ON TABLE authd.spend_control IS 'The spend controls of programs, accounts and cards, those that were removed among them';
COMMENT ON COLUMN authd.spend_control.owner IS 'Under which the state keeps the owner''s controls: store/format/keys.h';
COMMENT ON COLUMN authd.spend_control.id IS 'Given by whoever created it';
COMMENT ON COLUMN authd.spend_control.counter_id IS 'What it counts in: the journal record that began it, or a number of authd.counter_seq; null when it counts nothing';
COMMENT ON COLUMN authd.spend_control.level IS '1 a program''s, 2 an account''s, 3 a card''s';
COMMENT ON COLUMN authd.spend_control.mode IS '1 enforce, 2 shadow: evaluated and recorded, never declines';
COMMENT ON COLUMN authd.spend_control.check_kind IS '1 limit, 2 deny, 3 allow, 4 hours, 5 require, 6 single_use, 7 merchant_lock';
COMMENT ON COLUMN authd.spend_control.version IS 'Counts the edits';
COMMENT ON COLUMN authd.spend_control.image IS 'The control itself, from which a state is rebuilt';
COMMENT ON COLUMN authd.spend_control.definition IS 'As `authd load` reads it; for people alone, null when the writer had none';
COMMENT ON COLUMN authd.spend_control.removed_at IS 'Null while it is in force';
COMMENT ON COLUMN authd.spend_control.state_shard IS 'Shard of the last drained change; 0: none yet';
COMMENT ON COLUMN authd.spend_control.state_seq IS 'Its record in the journal of that shard';

-- Number, owner's level, program, account, card token, most minor units, period (1 a transaction, 2 a day)
-- of every limit that there was.
WITH old AS (
  SELECT 2 AS level, NULL::text AS program, id AS account_id, NULL::text AS token, daily_limit_minor AS most, 2 AS period,
         'A'::bytea || int8send(id) AS owner
    FROM authd.account WHERE daily_limit_minor IS NOT NULL
  UNION ALL
  SELECT 3, program, NULL, token, daily_limit_minor, 2, 'C'::bytea || authd.short_text(program) || authd.short_text(token)
    FROM authd.card WHERE daily_limit_minor IS NOT NULL
  UNION ALL
  SELECT 3, program, NULL, token, transaction_limit_minor, 1, 'C'::bytea || authd.short_text(program) || authd.short_text(token)
    FROM authd.card WHERE transaction_limit_minor IS NOT NULL
), numbered AS (
  SELECT old.*, nextval('authd.counter_seq') AS number FROM old
)
INSERT INTO authd.spend_control
  (owner, id, account_id, counter_id, version, level, mode, check_kind, program, card_token, image, definition)
SELECT owner || '\x02'::bytea, number, account_id, CASE WHEN period = 2 THEN number END, 1, level, 1, 1, program, token,
       authd.varint(2 * number::numeric) || '\x0101'::bytea            -- id, version, mode
       || '\x00000000000000000000'::bytea                              -- a filter without conditions
       || '\x0101'::bytea || authd.varint(2 * most::numeric)           -- a limit of the amount
       || set_byte('\x0000'::bytea, 0, period)                         -- its window: period, no length, zone
       || authd.short_text(CASE level WHEN 2 THEN 'UTC' ELSE '' END)
       || set_byte('\x00'::bytea, 0, level)                            -- whose spending
       || authd.varint(CASE WHEN period = 2 THEN number ELSE 0 END),   -- its counter
       jsonb_strip_nulls(jsonb_build_object(
         'id', number, 'account', account_id, 'program', program, 'card', token, 'mode', 'enforce',
         'limit', jsonb_build_object('measure', 'amount', 'max', most,
                                     'per', CASE period WHEN 1 THEN 'transaction' ELSE 'day' END,
                                     'zone', CASE level WHEN 2 THEN 'UTC' END,
                                     'counts', CASE level WHEN 2 THEN 'account' ELSE 'card' END)))
  FROM numbered;

-- ---------------------------------------------------------------------------------------------------------
-- Accounts and cards

ALTER TABLE authd.account
  ADD COLUMN overdraft_minor      bigint NOT NULL DEFAULT 0 CHECK (overdraft_minor >= 0),
  ADD COLUMN minimum_minor        bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
  ADD COLUMN pending_credit_minor bigint NOT NULL DEFAULT 0 CHECK (pending_credit_minor >= 0),
  DROP COLUMN daily_limit_minor;
COMMENT ON TABLE authd.account IS 'A wallet. posted, held and pending_credit are written by the drain alone.';
COMMENT ON COLUMN authd.account.held_minor IS 'Sum of what the authorizations hold; available = posted - held + overdraft - minimum';
COMMENT ON COLUMN authd.account.overdraft_minor IS 'May be spent beyond the balance';
COMMENT ON COLUMN authd.account.minimum_minor IS 'Must stay on the account';
COMMENT ON COLUMN authd.account.pending_credit_minor IS 'Announced credits, not spendable yet';

ALTER TABLE authd.card
  ADD COLUMN active_from timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
  ADD COLUMN locked_to   bytea,
  DROP COLUMN transaction_limit_minor,
  DROP COLUMN daily_limit_minor;
COMMENT ON COLUMN authd.card.active_from IS 'The first moment at which the card is valid';
COMMENT ON COLUMN authd.card.locked_to IS 'The card acceptor id, as the acquirer sends it, of the only merchant, once a merchant lock has seen one';

-- ---------------------------------------------------------------------------------------------------------
-- Authorizations

CREATE TABLE authd.authorization (
  id                     bigint   NOT NULL,
  account_id             bigint,
  approved_minor         bigint   NOT NULL,
  confirmed_minor        bigint   NOT NULL DEFAULT 0,
  adjusted_minor         bigint   NOT NULL DEFAULT 0,
  released_minor         bigint   NOT NULL DEFAULT 0,
  cleared_minor          bigint   NOT NULL DEFAULT 0,
  extra_minor            bigint   NOT NULL DEFAULT 0,
  credit_approved_minor  bigint   NOT NULL DEFAULT 0,
  credit_confirmed_minor bigint   NOT NULL DEFAULT 0,
  credited_minor         bigint   NOT NULL DEFAULT 0,
  awaited_total_minor    bigint,
  held_minor             bigint   NOT NULL CHECK (held_minor >= 0),
  counted_minor          bigint   NOT NULL CHECK (counted_minor >= 0),
  pending_credit_minor   bigint   NOT NULL DEFAULT 0 CHECK (pending_credit_minor >= 0),
  opened_at              timestamptz NOT NULL,
  expires_at             timestamptz NOT NULL,
  changed_at             timestamptz NOT NULL,
  due_slot               bigint   NOT NULL DEFAULT 0,
  next_due               bigint   NOT NULL DEFAULT 0,
  shard                  integer  NOT NULL,
  closure                smallint NOT NULL CHECK (closure BETWEEN 1 AND 5),
  currency               char(3)  NOT NULL,
  program                text COLLATE "C" NOT NULL,
  key                    text COLLATE "C" NOT NULL,
  card_token             text COLLATE "C",
  spent                  bytea    NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (fillfactor = 90);
CREATE INDEX authorization_holding ON authd.authorization (account_id) WHERE held_minor > 0;
COMMENT ON TABLE authd.authorization IS 'One life cycle at the processor: what was authorized, given back, cleared and credited. The arithmetic is in core/lifecycle.h.';
COMMENT ON COLUMN authd.authorization.id IS 'The seq of the record that began it';
COMMENT ON COLUMN authd.authorization.account_id IS 'Null while its card is not known';
COMMENT ON COLUMN authd.authorization.key IS 'The id under which it was first heard of';
COMMENT ON COLUMN authd.authorization.approved_minor IS 'By messages: requests that were approved and notices about them';
COMMENT ON COLUMN authd.authorization.confirmed_minor IS 'In all, according to the processor, at least';
COMMENT ON COLUMN authd.authorization.adjusted_minor IS 'By advices: added to the larger of the two';
COMMENT ON COLUMN authd.authorization.released_minor IS 'Reversed';
COMMENT ON COLUMN authd.authorization.extra_minor IS 'Held for tips or fuel until the first clearing';
COMMENT ON COLUMN authd.authorization.awaited_total_minor IS 'Of an advice that came before anything else';
COMMENT ON COLUMN authd.authorization.held_minor IS 'What it holds of the account''s money now';
COMMENT ON COLUMN authd.authorization.counted_minor IS 'What it counts towards limits';
COMMENT ON COLUMN authd.authorization.closure IS '1 open, 2 completed, 3 reversed, 4 expired, 5 declined';
COMMENT ON COLUMN authd.authorization.changed_at IS 'When the last record changed it';
COMMENT ON COLUMN authd.authorization.due_slot IS 'The slot of the calendar of expiries it is linked in; 0: none';
COMMENT ON COLUMN authd.authorization.next_due IS 'The next one in there';
COMMENT ON COLUMN authd.authorization.spent IS 'When what is counted was counted, and by which counters';

CREATE TABLE authd.due_slot (
  shard integer NOT NULL,
  slot  bigint  NOT NULL,
  head  bigint  NOT NULL,
  PRIMARY KEY (shard, slot)
);
COMMENT ON TABLE authd.due_slot IS 'The calendar of expiries: of each ten minutes since 1970 the first authorization, which names the next';
COMMENT ON COLUMN authd.due_slot.head IS '0: none is left';
ALTER TABLE authd.shard ADD COLUMN due_cursor bigint;
COMMENT ON COLUMN authd.shard.due_cursor IS 'Every due_slot before this one is over; null: there was none yet';

-- A hold of 0001 knew no expiry: seven days, as programs have it where nothing else is said.
WITH old AS (
  SELECT hold.*, opened_at + interval '168 hours' AS expires_at, status = 1 AND amount_minor > 0 AS holds,
         CASE WHEN status = 1 THEN amount_minor ELSE 0 END AS held
    FROM authd.hold
), placed AS (
  SELECT old.*, CASE WHEN holds THEN floor(extract(epoch FROM expires_at) / 600)::bigint ELSE 0 END AS slot FROM old
)
INSERT INTO authd.authorization
  (id, account_id, approved_minor, held_minor, counted_minor, opened_at, expires_at, changed_at, due_slot, next_due,
   shard, closure, currency, program, key, card_token, spent)
SELECT id, account_id, amount_minor, held, held, opened_at, expires_at, opened_at, slot,
       CASE WHEN holds THEN coalesce(lag(id) OVER (PARTITION BY shard, holds, slot ORDER BY id), 0) ELSE 0 END,
       shard, status, currency, program, authorization_message, card_token,
       CASE WHEN holds THEN '\x0100'::bytea || authd.varint(2 * amount_minor::numeric) || '\x00'::bytea
            ELSE '\x0000'::bytea END
  FROM placed;
INSERT INTO authd.due_slot (shard, slot, head)
  SELECT shard, due_slot, max(id) FROM authd.authorization WHERE due_slot <> 0 GROUP BY shard, due_slot;
UPDATE authd.shard SET due_cursor = (SELECT min(slot) FROM authd.due_slot WHERE due_slot.shard = shard.shard);
DROP TABLE authd.hold;

-- ---------------------------------------------------------------------------------------------------------
-- What was decided, what happened

ALTER TABLE authd.decision RENAME COLUMN hold_id TO authorization_id;
ALTER TABLE authd.decision RENAME COLUMN increments TO life_cycle;
ALTER TABLE authd.decision
  ADD COLUMN share_minor      bigint,
  ADD COLUMN exposure_minor   bigint  NOT NULL DEFAULT 0,
  ADD COLUMN extra_hold_minor bigint  NOT NULL DEFAULT 0,
  ADD COLUMN cash_back_minor  bigint  NOT NULL DEFAULT 0,
  ADD COLUMN decided_by       bigint,
  ADD COLUMN notice           smallint,
  ADD COLUMN partial_allowed  boolean NOT NULL DEFAULT false,
  ADD COLUMN explanation      bytea;
COMMENT ON TABLE authd.decision IS 'One row for each request that was decided, as it was answered then. Append-only.';
COMMENT ON COLUMN authd.decision.account_id IS 'The account whose money it was about, where it moved any';
COMMENT ON COLUMN authd.decision.authorization_id IS 'The authorization it belongs to; null when none was needed';
COMMENT ON COLUMN authd.decision.life_cycle IS 'The earlier message, or the processor''s own id, that it belongs to by its own words';
COMMENT ON COLUMN authd.decision.share_minor IS 'Its share of what is authorized, where that is not approved_minor, or 0 without an authorization';
COMMENT ON COLUMN authd.decision.exposure_minor IS 'Of the program and currency when it was decided: approved money that the ledger had not yet';
COMMENT ON COLUMN authd.decision.extra_hold_minor IS 'Held beyond what was approved, for tips or fuel';
COMMENT ON COLUMN authd.decision.cash_back_minor IS 'Part of amount_minor';
COMMENT ON COLUMN authd.decision.partial_allowed IS 'Whether less than amount_minor might be approved';
COMMENT ON COLUMN authd.decision.decided_by IS 'The spend control that declined it';
COMMENT ON COLUMN authd.decision.notice IS 'What the processor had said about it before: 2 approved, 3 declined; null: nothing';
COMMENT ON COLUMN authd.decision.explanation IS 'The controls and figures that it was decided on: store/format/commands.h; null before there were any';

-- The limits of 0001 had reasons of their own; now a limit declines as amount_limit.
ALTER TABLE authd.decision DISABLE TRIGGER append_only;
UPDATE authd.decision SET reason = 111 WHERE reason IN (100, 110, 120);
ALTER TABLE authd.decision ENABLE TRIGGER append_only;

CREATE TABLE authd.message (
  seq              bigint   NOT NULL,
  changed_at       timestamptz NOT NULL,
  authorization_id bigint,
  share_minor      bigint   NOT NULL,
  shard            integer  NOT NULL,
  kind             smallint NOT NULL,
  notice           smallint NOT NULL CHECK (notice BETWEEN 1 AND 3),
  abandoned        boolean  NOT NULL,
  program          text COLLATE "C" NOT NULL,
  message_id       text COLLATE "C" NOT NULL,
  PRIMARY KEY (message_id, program)
) WITH (fillfactor = 90);
COMMENT ON TABLE authd.message IS 'What is known about message ids that is not in authd.decision: others referred to them, or changed them later';
COMMENT ON COLUMN authd.message.seq IS 'The record that wrote it; the row counts unless the decision about the message is later';
COMMENT ON COLUMN authd.message.share_minor IS 'Its share of what is authorized';
COMMENT ON COLUMN authd.message.kind IS 'As authd.decision.kind; until it is decided as notices have it';
COMMENT ON COLUMN authd.message.notice IS 'What the processor said about it: 1 nothing, 2 approved, 3 declined';
COMMENT ON COLUMN authd.message.abandoned IS 'Its answer came too late: what was approved is void';

CREATE TABLE authd.event (
  seq                  bigint   NOT NULL,
  booked_at            timestamptz NOT NULL,
  authorization_id     bigint,
  account_id           bigint,
  amount_minor         bigint   CHECK (amount_minor >= 0),
  held_minor           bigint   NOT NULL,
  posted_minor         bigint   NOT NULL,
  pending_credit_minor bigint   NOT NULL,
  shard                integer  NOT NULL,
  merchant_mcc         integer,
  kind                 smallint NOT NULL,
  transaction_kind     smallint,
  final                boolean  NOT NULL,
  timed_out            boolean  NOT NULL,
  unasked              boolean  NOT NULL,
  over_captured        boolean  NOT NULL,
  late                 boolean  NOT NULL,
  ghost                boolean  NOT NULL,
  below_zero           boolean  NOT NULL,
  currency             char(3),
  program              text COLLATE "C" NOT NULL,
  notice_id            text COLLATE "C",
  life_cycle           text COLLATE "C",
  about                text COLLATE "C",
  card_token           text COLLATE "C",
  merchant_id          text COLLATE "C",
  merchant_name        text COLLATE "C",
  merchant_country     text COLLATE "C",
  PRIMARY KEY (shard, seq),
  CONSTRAINT event_notice_once UNIQUE (notice_id, program)
);
CREATE INDEX event_booked_at ON authd.event USING brin (booked_at) WITH (autosummarize = on);
COMMENT ON TABLE authd.event IS 'What has happened to authorizations without our being asked, one row each. Append-only.';
COMMENT ON COLUMN authd.event.kind IS '1 approved, 2 incremented, 3 advised, 4 declined, 5 reversed, 6 closed, 7 expired, 8 cleared, 9 refunded, 10 credit_approved, 11 charged_back, 12 chargeback_reversed: told by the processor; 101 expired by our calendar, 102 abandoned because our answer came too late';
COMMENT ON COLUMN authd.event.account_id IS 'Whose money moved; null when the card is not known: then posted money stands in the book suspense';
COMMENT ON COLUMN authd.event.held_minor IS 'By how much the account''s held_minor has changed; likewise posted_minor and pending_credit_minor';
COMMENT ON COLUMN authd.event.notice_id IS 'The processor''s id of what it told; null where it told nothing';
COMMENT ON COLUMN authd.event.life_cycle IS 'The life cycle it belongs to by its own words';
COMMENT ON COLUMN authd.event.about IS 'The message it reports on';
COMMENT ON COLUMN authd.event.unasked IS 'A debit that no request of ours was approved for: stand-in, force post';
COMMENT ON COLUMN authd.event.over_captured IS 'Cleared more than was held';
COMMENT ON COLUMN authd.event.late IS 'Cleared after the authorization had ended';
COMMENT ON COLUMN authd.event.ghost IS 'Released because the processor did not get our answer in time';
COMMENT ON COLUMN authd.event.below_zero IS 'The available balance is negative after it';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.event
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();

CREATE TABLE authd.state_image (
  key   bytea   NOT NULL,
  image bytea   NOT NULL,
  shard integer NOT NULL,
  PRIMARY KEY (shard, key)
) WITH (fillfactor = 70);
COMMENT ON TABLE authd.state_image IS 'Rows of the state that nobody but a bootstrap reads: what was used of limits, programs, time zones';
COMMENT ON COLUMN authd.state_image.key IS 'store/format/keys.h; the image is in the format of store/format/rows.h';

-- ---------------------------------------------------------------------------------------------------------
-- The double-entry book

INSERT INTO authd.book VALUES
  (4, 'settlement',  'What the network settles: clearings move it up, refunds down'),
  (5, 'suspense',    'Cleared on cards that we do not know: it belongs to nobody yet; account 0'),
  (6, 'chargebacks', 'Given to cardholders for disputes, until the network settles them');
UPDATE authd.entry_kind SET description =
  'Money reserved for an approved request, with its extra hold: wallet -X, holds +X' WHERE kind = 2;
INSERT INTO authd.entry_kind VALUES
  (3, 'hold_changed',        'The processor authorized more or less by itself: wallet -X, holds +X'),
  (4, 'release',             'Declined, reversed, closed or abandoned: wallet +X, holds -X'),
  (5, 'expiry',              'Its time was over: wallet +X, holds -X'),
  (6, 'clearing',            'Presented: wallet and holds -X, settlement +X; what was held beyond it goes back to the wallet'),
  (7, 'refund',              'Refund, original credit or correction: wallet +X, settlement -X'),
  (8, 'chargeback',          'Given for a dispute: wallet +X, chargebacks -X'),
  (9, 'chargeback_reversal', 'And taken again: wallet -X, chargebacks +X');

DROP FUNCTION authd.varint(numeric);
DROP FUNCTION authd.short_text(text);
