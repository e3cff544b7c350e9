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

-- ---------------------------------------------------------------------------------------------------------
-- What a state knows, it knows by number: see store/postgres/numbers.h. A database that was restored to an earlier
-- point must not give out again what was given out since.

-- Moves the sequence on, so that its next number is above this one; never back. Returns the last number that was
-- given out or passed over. For sequences that no column owns. Whoever waits for the lock keeps others from taking
-- numbers: better it fails and comes again.
CREATE FUNCTION authd.pass_number(passed regclass, number bigint) RETURNS bigint LANGUAGE plpgsql
  SET search_path = pg_catalog SET lock_timeout = '1s' AS $$
DECLARE
  look text := format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', passed);
  last bigint;
BEGIN
  EXECUTE look INTO last;
  IF last >= number THEN
    RETURN last;
  END IF;
  -- Changes nothing, but from here to the end of the transaction nobody else takes a number, or moves the sequence:
  -- otherwise setval() might take it back behind what was given out between the look and itself. Of all that locks a
  -- sequence, this alone does not write it anew, which those who look at it meanwhile would not survive.
  EXECUTE format('ALTER SEQUENCE %s OWNED BY NONE', passed);
  EXECUTE look INTO last;
  IF last < number THEN
    last := setval(passed, number);
  END IF;
  RETURN last;
END $$;
COMMENT ON FUNCTION authd.pass_number IS 'Part of authd.pass_numbers()';

CREATE FUNCTION authd.pass_numbers(INOUT account bigint, INOUT counter bigint) LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT authd.pass_number('authd.account_id_seq', account), authd.pass_number('authd.counter_seq', counter)
$$;
COMMENT ON FUNCTION authd.pass_numbers IS 'Keeps sequences from giving out the numbers of accounts and counters up to these; returns the last that are gone';
REVOKE EXECUTE ON FUNCTION authd.pass_number, authd.pass_numbers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authd.pass_numbers TO authd_drain, authd_api;
