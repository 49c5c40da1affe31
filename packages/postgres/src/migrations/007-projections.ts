import type { Migration } from 'mortar/delivery';

/**
 * Which generations of projections there are, and were: the row of one that is gone keeps its number. Of those that are inline the
 * types are known. The sequence `inline_epoch` stands for all of them: it is 0 where there are none.
 */
export const projections: Migration = {
  id: 7,
  name: 'projections',
  sql: `
CREATE TABLE {schema}.generations (
  projection text COLLATE "C" NOT NULL,
  number integer NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  begun_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  inline_types json CHECK (inline_types IS NULL OR state = 'active'),
  PRIMARY KEY (projection, number)
);
CREATE UNIQUE INDEX generations_active ON {schema}.generations (projection) WHERE state = 'active';

-- Nobody else changes the generations of a projection until the transaction ends. Two numbers: none of the locks that readers of
-- the log look at.
CREATE FUNCTION {schema}.lock_generations(of_projection text) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock({namespace} * 65536 + 25712, hashtext(of_projection))
$$;

-- How far a subscription has come, which stays so until the transaction ends, and what of it is not resolved. The row is locked
-- first: what moves it changes the rest in the same transaction.
CREATE FUNCTION {schema}.generation_standing(
  wanted text, OUT low bigint, OUT is_ahead boolean, OUT held bigint, OUT letters bigint, OUT is_paused boolean
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT l.low, l.ahead <> '' INTO low, is_ahead FROM {schema}.leases l
    WHERE l.subscription = wanted AND l.partition = 0 FOR UPDATE;
  SELECT count(*) INTO held FROM {schema}.held_keys h WHERE h.subscription = wanted;
  SELECT count(*) INTO letters FROM {schema}.dead_letters d
    WHERE d.subscription = wanted AND d.state IN ('dead', 'replaying');
  is_paused := EXISTS (SELECT 1 FROM {schema}.subscriptions s WHERE s.name = wanted AND s.paused_at IS NOT NULL);
END $$;

-- Whoever waits for this makes those wait who come after it, so it waits for a short time.
CREATE FUNCTION {schema}.stop_appends(wait_ms text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('lock_timeout', wait_ms, true);
  PERFORM pg_advisory_xact_lock(({namespace}::bigint << 56) | 72057594037927935);
END $$;

CREATE FUNCTION {schema}.share_appends() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock_shared(({namespace}::bigint << 56) | 72057594037927935)
$$;

-- Puts a checkpoint to the head of the log, and gives its lease to another owner; makes one that is gone, with a token that none
-- before had. Appends are stopped.
CREATE FUNCTION {schema}.place_at_head(of_subscription text, new_owner text, until bigint)
  RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  head CONSTANT bigint := (SELECT coalesce(max(e.position), 0) FROM {schema}.events e);
BEGIN
  INSERT INTO {schema}.subscriptions (name, partitions, revision) VALUES (of_subscription, 1, 0) ON CONFLICT DO NOTHING;
  INSERT INTO {schema}.leases AS l (subscription, partition, token, owner, expires_at, low, ahead, unclean)
    VALUES (of_subscription, 0, pg_current_xact_id()::text::bigint, new_owner, until, head, '', 0)
    ON CONFLICT (subscription, partition) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
      token = l.token + 1, unclean = 0, ahead = '', low = excluded.low;
END $$;

-- A number that there never was, also where the server has come back from a crash to an earlier one: the time, in microseconds.
-- Never 0, since this may be undone: whoever says 0 would go on without what is inline then.
CREATE FUNCTION {schema}.change_inline_epoch() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT setval('{schema}.inline_epoch', greatest(pg_sequence_last_value('{schema}.inline_epoch') + 1,
    floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
$$;

-- 0 where nothing is inline. Appends are stopped, and what was inline was so in an earlier transaction.
CREATE FUNCTION {schema}.clear_inline_epoch() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT setval('{schema}.inline_epoch', 0)
    WHERE NOT EXISTS (SELECT 1 FROM {schema}.generations WHERE inline_types IS NOT NULL)
$$;
`,
};
