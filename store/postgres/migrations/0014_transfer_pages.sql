-- Pages of transfers: the whole key that pages go by, so that one reads what it shows whatever a wallet or a program has moved.

DROP INDEX authd.transfer_from, authd.transfer_to, authd.transfer_program;
CREATE INDEX transfer_from ON authd.transfer (from_account_id, requested_at, shard, begun_seq) WHERE from_account_id IS NOT NULL;
CREATE INDEX transfer_to ON authd.transfer (to_account_id, requested_at, shard, begun_seq) WHERE to_account_id IS NOT NULL;
CREATE INDEX transfer_program ON authd.transfer (program, requested_at, shard, begun_seq);
