-- Invitations to referral by SMS: texts, the queue, and who wants none.

CREATE TABLE authd.referral_template (
  changed_at timestamptz NOT NULL DEFAULT now(),
  version    integer NOT NULL DEFAULT 1,
  program    text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  name       text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9_-]{1,32}$'),
  body       text NOT NULL CHECK (char_length(body) BETWEEN 1 AND 640),
  PRIMARY KEY (program, name)
);
COMMENT ON TABLE authd.referral_template IS 'Texts of invitations';
COMMENT ON COLUMN authd.referral_template.body IS '{name} and {code} stand for the inviter''s';

CREATE TABLE authd.referral_invitation (
  id          bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  inviter_id  bigint   NOT NULL REFERENCES authd.referral_member,
  created_at  timestamptz NOT NULL DEFAULT now(),
  next_at     timestamptz NOT NULL DEFAULT now(),
  sent_at     timestamptz,
  ended_at    timestamptz,
  attempts    integer  NOT NULL DEFAULT 0,
  state       smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 7),
  program     text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  template    text COLLATE "C" NOT NULL,
  gateway_id  text COLLATE "C" CHECK (char_length(gateway_id) <= 200),
  error       text     CHECK (char_length(error) <= 500),
  phone       text     CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  body        text,
  phone_hash  bytea    NOT NULL CHECK (octet_length(phone_hash) = 32)
) WITH (fillfactor = 80);
CREATE INDEX referral_invitation_queue ON authd.referral_invitation (next_at, id) WHERE state IN (1, 2);
CREATE INDEX referral_invitation_inviter ON authd.referral_invitation (inviter_id, id);
CREATE INDEX referral_invitation_phone ON authd.referral_invitation (program, phone_hash, id);
CREATE INDEX referral_invitation_gateway ON authd.referral_invitation (gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX referral_invitation_ended ON authd.referral_invitation (ended_at) WHERE phone IS NOT NULL;
COMMENT ON TABLE authd.referral_invitation IS 'The queue of invitations by SMS, and what became of them';
COMMENT ON COLUMN authd.referral_invitation.state IS '1 queued, 2 sending: until next_at somebody is at it, 3 sent: the gateway has it, 4 delivered, 5 failed: for good, 6 cancelled, 7 opted_out';
COMMENT ON COLUMN authd.referral_invitation.next_at IS 'Not tried before';
COMMENT ON COLUMN authd.referral_invitation.phone IS 'E.164. It and the body are erased some time after the end';
COMMENT ON COLUMN authd.referral_invitation.phone_hash IS 'SHA-256 of program, a line feed and phone';
COMMENT ON COLUMN authd.referral_invitation.gateway_id IS 'The gateway''s own name of it, by which receipts come';

CREATE TABLE authd.referral_opt_out (
  at         timestamptz NOT NULL DEFAULT now(),
  program    text COLLATE "C" NOT NULL REFERENCES authd.referral_program,
  origin     text  NOT NULL CHECK (char_length(origin) BETWEEN 1 AND 100),
  phone_hash bytea NOT NULL CHECK (octet_length(phone_hash) = 32),
  PRIMARY KEY (program, phone_hash)
);
COMMENT ON TABLE authd.referral_opt_out IS 'Who wants no invitations, by the hash of the number';

SELECT authd.log_table('referral_template');
CREATE TRIGGER count_version BEFORE UPDATE ON authd.referral_template FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION authd.count_version();

GRANT SELECT ON authd.referral_template, authd.referral_invitation, authd.referral_opt_out TO authd_referral, authd_api;
GRANT UPDATE (state, attempts, next_at, sent_at, ended_at, gateway_id, error, phone, body) ON authd.referral_invitation
  TO authd_referral;
GRANT INSERT ON authd.referral_template, authd.referral_invitation, authd.referral_opt_out TO authd_api;
GRANT UPDATE (body) ON authd.referral_template TO authd_api;
GRANT UPDATE (state, ended_at, error, phone, body) ON authd.referral_invitation TO authd_api;
GRANT DELETE ON authd.referral_template, authd.referral_opt_out TO authd_api;
