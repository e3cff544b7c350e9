-- Who may do what. Two roles that nobody logs in as: the daemon's connections take them on (SET ROLE), so that
-- neither can do more than its task, whatever is wrong with a statement. The owner of the schema migrates, loads
-- and archives.
--
--   authd_drain   adds to the history, keeps balances and the other rows of the state. Cannot change or delete what
--                 was booked, decided or told
--   authd_api     reads what the wallet API shows, changes master data. Cannot touch balances or books

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['authd_drain', 'authd_api'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      END IF;
      IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
        EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was faster
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role % is missing, or % is no member of it, and may not see to that itself', wanted, current_user
          USING ERRCODE = 'insufficient_privilege',
                HINT = format('As a superuser: CREATE ROLE %I NOLOGIN; GRANT %I TO %I;', wanted, wanted, current_user);
    END;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA authd, authd_archive TO authd_drain, authd_api;

GRANT SELECT ON ALL TABLES IN SCHEMA authd TO authd_drain;
REVOKE SELECT ON authd.api_key, authd.idempotency, authd.change_log FROM authd_drain;
GRANT INSERT ON authd.decision, authd.event, authd.journal_entry, authd.posting, authd.account, authd.card TO authd_drain;
GRANT INSERT, UPDATE ON authd.authorization, authd.message, authd.transfer, authd.due_slot, authd.state_image,
                        authd.shard, authd.spend_control TO authd_drain;
GRANT UPDATE ON authd.balance TO authd_drain;
GRANT UPDATE (status, overdraft_minor, minimum_minor, kyc, program) ON authd.account TO authd_drain;
GRANT UPDATE (status, active_from, expires_at, locked_to) ON authd.card TO authd_drain;

GRANT SELECT ON authd.holder, authd.account, authd.balance, authd.card, authd.spend_control, authd.authorization,
                authd.transfer, authd.transfer_detail, authd.credit, authd.book, authd.entry_kind, authd.balance_at,
                authd.shard, authd.state_image, authd.api_key, authd.idempotency, authd.decision, authd.event,
                authd.journal_entry, authd.posting, authd.decision_history, authd.event_history,
                authd.journal_entry_history, authd.posting_history, authd.message, authd.schema_migration TO authd_api;
GRANT INSERT ON authd.holder, authd.account, authd.card, authd.spend_control, authd.credit, authd.transfer_detail,
                authd.idempotency TO authd_api;
GRANT UPDATE (reference, name, email, phone, kyc) ON authd.holder TO authd_api;
GRANT UPDATE (status, overdraft_minor, minimum_minor, name, holder_id) ON authd.account TO authd_api;
GRANT UPDATE (status, active_from, expires_at) ON authd.card TO authd_api;
GRANT UPDATE ON authd.spend_control TO authd_api;
GRANT UPDATE (status, headers, body) ON authd.idempotency TO authd_api;
GRANT DELETE ON authd.idempotency TO authd_api;
GRANT UPDATE (last_used_at) ON authd.api_key TO authd_api;
GRANT USAGE ON SEQUENCE authd.holder_id_seq, authd.account_id_seq, authd.counter_seq TO authd_api;
