-- How far the mirror of each shard may trust that this is the database it has read from: see store/mirror.

CREATE TABLE authd.mirror (
  shard       integer NOT NULL PRIMARY KEY CHECK (shard > 0),
  incarnation bytea   NOT NULL CHECK (octet_length(incarnation) = 16),
  previous    bytea   NOT NULL,
  slot        text    NOT NULL,
  changed_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);  -- one row, written once a minute
COMMENT ON TABLE authd.mirror IS 'By what each shard recognizes this database: one that was restored to an earlier point has an older incarnation than the shard';
COMMENT ON COLUMN authd.mirror.incarnation IS 'Random; a new one with every connection and every minute, here first, then in the state of the shard';
COMMENT ON COLUMN authd.mirror.previous IS 'The one that the state had before: it may not have got the new one';
COMMENT ON COLUMN authd.mirror.slot IS 'The replication slot it reads from';

GRANT SELECT, INSERT, UPDATE ON authd.mirror TO authd_drain;
GRANT SELECT ON authd.mirror TO authd_api;
