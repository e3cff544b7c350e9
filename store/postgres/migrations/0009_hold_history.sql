-- What was held and given back, one row a change, with the record that made it.

CREATE VIEW authd.hold_history AS
  SELECT p.shard, p.seq, p.booked_at, p.account_id, p.amount_minor AS change_minor, p.currency, k.name AS kind,
         coalesce(d.authorization_id, v.authorization_id) AS authorization_id, e.program
    FROM authd.posting_history AS p
    JOIN authd.journal_entry_history AS e USING (shard, seq, booked_at)
    JOIN authd.entry_kind AS k ON k.kind = e.kind
    LEFT JOIN authd.decision_history AS d ON (d.shard, d.seq, d.decided_at) = (p.shard, p.seq, p.booked_at)
    LEFT JOIN authd.event_history AS v ON (v.shard, v.seq, v.booked_at) = (p.shard, p.seq, p.booked_at)
   WHERE p.book = 2;
COMMENT ON VIEW authd.hold_history IS 'Every change of what is held; the sum of an account''s is its held_minor';
COMMENT ON COLUMN authd.hold_history.change_minor IS 'Above 0: reserved; below: released, expired or cleared';
COMMENT ON COLUMN authd.hold_history.authorization_id IS 'Null: a transfer holds it';
GRANT SELECT ON authd.hold_history TO authd_drain, authd_api;
