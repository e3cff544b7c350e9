-- Referral: who invited others earns from what those spend.
--
-- The words: a member is a holder who takes part. Who invited him is above him at level 1, who invited that one at
-- level 2, then 3. A source is a transaction that is earned from; an earning is what one member gets from one
-- source, or what is taken back of it. A due is what a member is owed from a day on: his earnings add up there until
-- a payout takes it. A case is a suspicion that people decide on; what is earned under it waits for them.
--
-- Amounts are minor units of the program's one currency. Days are those of the program's time zone.
--
-- Here is who invited whom and what for; 0012 has what is earned and paid, 0013 invitations.

-- ---------------------------------------------------------------------------------------------------------
-- What is paid for what

CREATE TABLE authd.referral_program (
  payout_minimum_minor bigint   NOT NULL DEFAULT 1 CHECK (payout_minimum_minor > 0),
  claim_within_s       bigint   CHECK (claim_within_s > 0),
  review_day_minor     bigint   CHECK (review_day_minor > 0),
  changed_at           timestamptz NOT NULL DEFAULT now(),
  payout_from          date     NOT NULL,
  invitations_per_day  integer  NOT NULL DEFAULT 20 CHECK (invitations_per_day >= 0),
  invitation_again_days integer NOT NULL DEFAULT 30 CHECK (invitation_again_days BETWEEN 0 AND 3650),
  velocity_per_day     integer  CHECK (velocity_per_day > 0),
  version              integer  NOT NULL DEFAULT 1,
  payout_at            time     NOT NULL DEFAULT '02:00',
  requires_kyc         boolean  NOT NULL DEFAULT false,
  currency             char(3)  NOT NULL CHECK (octet_length(currency) = 3),
  program              text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(program) BETWEEN 1 AND 32),
  zone                 text     NOT NULL
);
COMMENT ON TABLE authd.referral_program IS 'A program whose holders can refer others';
COMMENT ON COLUMN authd.referral_program.zone IS 'IANA name: whose days and months count. Never changes';
COMMENT ON COLUMN authd.referral_program.currency IS 'Of sources, earnings and payouts; what is spent in another earns nothing. Never changes';
COMMENT ON COLUMN authd.referral_program.payout_at IS 'Local time from which a day''s payout is made';
COMMENT ON COLUMN authd.referral_program.payout_from IS 'The first day with a payout';
COMMENT ON COLUMN authd.referral_program.payout_minimum_minor IS 'Who is owed less is not paid yet';
COMMENT ON COLUMN authd.referral_program.requires_kyc IS 'Only holders who are verified are paid; the others as soon as they are';
COMMENT ON COLUMN authd.referral_program.claim_within_s IS 'How old a holder may be who claims a code; null: any age';
COMMENT ON COLUMN authd.referral_program.review_day_minor IS 'What a member earns on a day beyond it waits for a review; null: nothing does';
COMMENT ON COLUMN authd.referral_program.velocity_per_day IS 'So many may claim a member''s code in 24 hours, further ones are under review; null: any number';
COMMENT ON COLUMN authd.referral_program.invitations_per_day IS 'Of one member in 24 hours';
COMMENT ON COLUMN authd.referral_program.invitation_again_days IS 'A number that was invited is not again for so long';

CREATE TABLE authd.referral_terms (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at        timestamptz NOT NULL DEFAULT now(),
  starts_at         timestamptz NOT NULL CHECK (starts_at >= created_at),
  ends_at           timestamptz CHECK (ends_at > starts_at),
  holding_s         bigint   NOT NULL CHECK (holding_s BETWEEN 0 AND 34560000),
  minimum_minor     bigint   NOT NULL CHECK (minimum_minor >= 0),
  cap_source_minor  bigint   CHECK (cap_source_minor > 0),
  cap_day_minor     bigint   CHECK (cap_day_minor > 0),
  cap_month_minor   bigint   CHECK (cap_month_minor > 0),
  version           integer  NOT NULL CHECK (version > 0),
  program           text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  created_by        text     NOT NULL CHECK (char_length(created_by) BETWEEN 1 AND 100),
  UNIQUE (program, version)
);
COMMENT ON TABLE authd.referral_terms IS 'What is earned, in versions. In force at a moment: the highest version that has started by then, unless that one has ended';
COMMENT ON COLUMN authd.referral_terms.starts_at IS 'Of sources booked from here on; never in the past of its making, so that what was earned stays as it was';
COMMENT ON COLUMN authd.referral_terms.holding_s IS 'So long after its source an earning may be paid';
COMMENT ON COLUMN authd.referral_terms.minimum_minor IS 'A smaller source earns nothing';
COMMENT ON COLUMN authd.referral_terms.cap_source_minor IS 'The most that one source earns one member; null: no cap, as with the next two';
COMMENT ON COLUMN authd.referral_terms.cap_day_minor IS 'The most that a member earns on a day. What is reversed does not make room';
COMMENT ON COLUMN authd.referral_terms.cap_month_minor IS 'Likewise in a calendar month';

CREATE TABLE authd.referral_rate (
  terms_id     bigint   NOT NULL REFERENCES authd.referral_terms,
  basis_points integer  NOT NULL CHECK (basis_points BETWEEN 1 AND 10000),
  level        smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
  source_kind  smallint NOT NULL CHECK (source_kind BETWEEN 1 AND 5),
  PRIMARY KEY (terms_id, source_kind, level)
);
COMMENT ON TABLE authd.referral_rate IS 'Part of a source that a level earns; what is not here earns nothing';
COMMENT ON COLUMN authd.referral_rate.source_kind IS '1 purchase, 2 cash, 3 quasi_cash: clearings; 4 top_up, 5 fee: transfers';

CREATE FUNCTION authd.refuse_more_than_all() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM authd.referral_rate WHERE terms_id IN (SELECT terms_id FROM inserted)
              GROUP BY terms_id, source_kind HAVING sum(basis_points) > 10000) THEN
    RAISE EXCEPTION 'the levels together would earn more than the whole of a source' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER not_more_than_all AFTER INSERT ON authd.referral_rate
  REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_more_than_all();

CREATE TABLE authd.referral_pause (
  paused_at  timestamptz NOT NULL DEFAULT now(),
  resumed_at timestamptz CHECK (resumed_at >= paused_at),
  program    text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  reason     text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
  paused_by  text NOT NULL,
  resumed_by text,
  PRIMARY KEY (program, paused_at),
  CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX referral_pause_open ON authd.referral_pause (program) WHERE resumed_at IS NULL;
COMMENT ON TABLE authd.referral_pause IS 'When a program''s referral rested. What is booked meanwhile earns nothing; payouts and invitations wait until it goes on';

-- ---------------------------------------------------------------------------------------------------------
-- Who invited whom

CREATE TABLE authd.referral_member (
  holder_id    bigint   NOT NULL PRIMARY KEY REFERENCES authd.holder,
  inviter_id   bigint   REFERENCES authd.referral_member CHECK (inviter_id <> holder_id),
  account_id   bigint   REFERENCES authd.account,
  case_id      bigint   NOT NULL DEFAULT 0,
  joined_at    timestamptz NOT NULL DEFAULT now(),
  invited_at   timestamptz,
  changed_at   timestamptz NOT NULL DEFAULT now(),
  version      integer  NOT NULL DEFAULT 1,
  status       smallint NOT NULL DEFAULT 1 CHECK (status BETWEEN 1 AND 2),
  is_link_void boolean  NOT NULL DEFAULT false,
  program      text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  code         text COLLATE "C" NOT NULL CHECK (code ~ '^[A-Z0-9]{4,16}$'),
  status_reason text    CHECK (char_length(status_reason) BETWEEN 1 AND 500),
  device_hash  bytea    CHECK (octet_length(device_hash) = 32),
  address_hash bytea    CHECK (octet_length(address_hash) = 32),
  UNIQUE (program, code),
  CHECK ((inviter_id IS NULL) = (invited_at IS NULL))
) WITH (fillfactor = 90);
CREATE INDEX referral_member_inviter ON authd.referral_member (inviter_id, holder_id) WHERE inviter_id IS NOT NULL;
CREATE INDEX referral_member_device ON authd.referral_member (program, device_hash) WHERE device_hash IS NOT NULL;
CREATE INDEX referral_member_address ON authd.referral_member (program, address_hash) WHERE address_hash IS NOT NULL;
COMMENT ON TABLE authd.referral_member IS 'A holder who can invite, or was invited. None is ever removed, and an inviter never changes';
COMMENT ON COLUMN authd.referral_member.inviter_id IS 'Whose code he claimed; null: nobody''s';
COMMENT ON COLUMN authd.referral_member.invited_at IS 'From here on others earn from what he spends';
COMMENT ON COLUMN authd.referral_member.account_id IS 'Where payouts go; null: his oldest account in the program''s currency that is not closed';
COMMENT ON COLUMN authd.referral_member.status IS '1 active, 2 suspended: earns nothing, is not paid';
COMMENT ON COLUMN authd.referral_member.status_reason IS 'Why he was suspended or reinstated last';
COMMENT ON COLUMN authd.referral_member.case_id IS 'The open case about his having been invited, under which others earn from him; 0: none';
COMMENT ON COLUMN authd.referral_member.is_link_void IS 'His having been invited was fraud: nobody earns over it';
COMMENT ON COLUMN authd.referral_member.device_hash IS 'SHA-256 of what the claim said about the device, of program and value; address_hash likewise. Optional';

CREATE TABLE authd.referral_stat (
  holder_id      bigint  NOT NULL PRIMARY KEY,
  earned_minor   bigint  NOT NULL DEFAULT 0,
  reversed_minor bigint  NOT NULL DEFAULT 0,
  adjusted_minor bigint  NOT NULL DEFAULT 0,
  paid_minor     bigint  NOT NULL DEFAULT 0,
  level_1_minor  bigint  NOT NULL DEFAULT 0,
  level_2_minor  bigint  NOT NULL DEFAULT 0,
  level_3_minor  bigint  NOT NULL DEFAULT 0,
  net_minor      bigint  NOT NULL GENERATED ALWAYS AS (earned_minor + reversed_minor + adjusted_minor) STORED,
  sources        bigint  NOT NULL DEFAULT 0,
  level_1_members integer NOT NULL DEFAULT 0,
  level_2_members integer NOT NULL DEFAULT 0,
  level_3_members integer NOT NULL DEFAULT 0,
  program        text COLLATE "C" NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX referral_stat_rank ON authd.referral_stat (program, net_minor DESC, holder_id);
COMMENT ON TABLE authd.referral_stat IS 'Sums of each member, kept by the transactions that change them: never behind';
COMMENT ON COLUMN authd.referral_stat.reversed_minor IS 'Reversals, restorations and what was voided: 0 or less';
COMMENT ON COLUMN authd.referral_stat.sources IS 'How many he has earned from';

-- Who is above, as far as it goes; who asks must hold the lock below.
CREATE FUNCTION authd.guard_referral_member() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  children bigint[] := '{}';
  grandchildren bigint := 0;
  above bigint;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.holder_id <> OLD.holder_id OR NEW.program <> OLD.program OR NEW.code <> OLD.code
       OR (OLD.inviter_id IS NOT NULL AND (NEW.inviter_id IS DISTINCT FROM OLD.inviter_id
                                           OR NEW.invited_at IS DISTINCT FROM OLD.invited_at)) THEN
      RAISE EXCEPTION 'member % has an inviter, a code and a program for good', OLD.holder_id
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'referral_member_once';
    END IF;
  ELSE
    IF NEW.program <> (SELECT h.program FROM authd.holder AS h WHERE h.id = NEW.holder_id) THEN
      RAISE EXCEPTION 'holder % is of another program', NEW.holder_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_member_program';
    END IF;
    INSERT INTO authd.referral_stat (holder_id, program) VALUES (NEW.holder_id, NEW.program);
  END IF;
  IF NEW.inviter_id IS NULL OR (TG_OP = 'UPDATE' AND OLD.inviter_id IS NOT NULL) THEN
    RETURN NEW;
  END IF;
  -- Two that claim each other's code at once would not see each other. Of a program one claim at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended('authd.referral_member ' || NEW.program, 0));
  IF NEW.program <> (SELECT m.program FROM authd.referral_member AS m WHERE m.holder_id = NEW.inviter_id) THEN
    RAISE EXCEPTION 'member % is of another program', NEW.inviter_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_member_program';
  END IF;
  above := NEW.inviter_id;
  WHILE above IS NOT NULL LOOP
    IF above = NEW.holder_id THEN
      RAISE EXCEPTION 'member % was invited by member %, over others', NEW.inviter_id, NEW.holder_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'referral_member_cycle';
    END IF;
    above := (SELECT m.inviter_id FROM authd.referral_member AS m WHERE m.holder_id = above);
  END LOOP;
  -- Those below him come along.
  IF TG_OP = 'UPDATE' THEN
    children := ARRAY(SELECT m.holder_id FROM authd.referral_member AS m WHERE m.inviter_id = NEW.holder_id);
    grandchildren := (SELECT count(*) FROM authd.referral_member AS m WHERE m.inviter_id = ANY (children));
  END IF;
  UPDATE authd.referral_stat AS s
     SET level_1_members = level_1_members + CASE chain.level WHEN 1 THEN 1 ELSE 0 END,
         level_2_members = level_2_members + CASE chain.level WHEN 1 THEN cardinality(children) WHEN 2 THEN 1 ELSE 0 END,
         level_3_members = level_3_members + CASE chain.level WHEN 1 THEN grandchildren WHEN 2 THEN cardinality(children) ELSE 1 END
    FROM (SELECT 1 AS level, NEW.inviter_id AS holder_id
          UNION ALL SELECT 2, one.inviter_id FROM authd.referral_member AS one WHERE one.holder_id = NEW.inviter_id
          UNION ALL SELECT 3, two.inviter_id FROM authd.referral_member AS one
            JOIN authd.referral_member AS two ON two.holder_id = one.inviter_id
           WHERE one.holder_id = NEW.inviter_id) AS chain
   WHERE s.holder_id = chain.holder_id;
  RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE ON authd.referral_member
  FOR EACH ROW EXECUTE FUNCTION authd.guard_referral_member();
CREATE FUNCTION authd.refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% stay', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON authd.referral_member
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_removal();

-- ---------------------------------------------------------------------------------------------------------
-- Kept, logged, and by whom
--
--   authd_referral   reads the books, writes earnings and payouts, sends invitations. Cannot touch balances or books
--   authd_api        besides: members, terms, invitations, decisions on cases

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.referral_terms
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON authd.referral_rate
  FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change();

-- Changes of such a table stand in authd.change_log.
CREATE FUNCTION authd.log_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER log_inserts AFTER INSERT ON authd.%I REFERENCING NEW TABLE AS inserted'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION authd.log_inserts()', name);
  EXECUTE format('CREATE TRIGGER log_changes AFTER UPDATE ON authd.%I FOR EACH ROW'
                 ' WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.log_change()', name);
  EXECUTE format('CREATE TRIGGER log_deletes AFTER DELETE ON authd.%I FOR EACH ROW EXECUTE FUNCTION authd.log_change()', name);
END $$;
REVOKE EXECUTE ON FUNCTION authd.log_table FROM PUBLIC;
SELECT authd.log_table(name)
  FROM unnest(ARRAY['referral_program', 'referral_terms', 'referral_rate', 'referral_pause', 'referral_member']) AS name;
CREATE TRIGGER count_version BEFORE UPDATE ON authd.referral_program FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.count_version();
CREATE TRIGGER count_version BEFORE UPDATE ON authd.referral_member FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.count_version();

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authd_referral') THEN
    CREATE ROLE authd_referral NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, 'authd_referral', 'MEMBER') THEN
    GRANT authd_referral TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the role authd_referral is missing, or % is no member of it, and may not see to that itself', current_user
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('As a superuser: CREATE ROLE authd_referral NOLOGIN; GRANT authd_referral TO %I;', current_user);
END $$;

GRANT USAGE ON SCHEMA authd TO authd_referral;
GRANT SELECT ON authd.account, authd.holder, authd.shard, authd.event, authd.journal_entry, authd.posting,
                authd.event_history, authd.journal_entry_history, authd.posting_history, authd.schema_migration,
                authd.credit, authd.referral_program, authd.referral_terms, authd.referral_rate, authd.referral_pause,
                authd.referral_member, authd.referral_stat TO authd_referral;
GRANT SELECT ON authd.referral_program, authd.referral_terms, authd.referral_rate, authd.referral_pause,
                authd.referral_member, authd.referral_stat TO authd_api;
GRANT INSERT ON authd.referral_program, authd.referral_terms, authd.referral_rate, authd.referral_pause,
                authd.referral_member TO authd_api;
GRANT UPDATE (payout_minimum_minor, claim_within_s, review_day_minor, invitations_per_day, invitation_again_days,
              velocity_per_day, payout_at, requires_kyc) ON authd.referral_program TO authd_api;
GRANT UPDATE (resumed_at, resumed_by) ON authd.referral_pause TO authd_api;
GRANT UPDATE (inviter_id, invited_at, account_id, case_id, status, status_reason, device_hash, address_hash)
  ON authd.referral_member TO authd_api;
