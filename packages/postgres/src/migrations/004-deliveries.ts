import type { Migration } from 'mortar/delivery';

/** Subscriptions, their checkpoints under leases, and the keys that wait. */
export const deliveries: Migration = {
  id: 4,
  name: 'deliveries',
  sql: `
CREATE TABLE {schema}.subscriptions (
  name text COLLATE "C" PRIMARY KEY,
  partitions integer NOT NULL,
  revision bigint NOT NULL,
  paused_at bigint,
  paused_by text
);

CREATE TABLE {schema}.leases (
  subscription text COLLATE "C" NOT NULL REFERENCES {schema}.subscriptions ON DELETE CASCADE,
  partition integer NOT NULL,
  token bigint NOT NULL,
  owner text COLLATE "C",
  expires_at bigint NOT NULL,
  low bigint NOT NULL,
  ahead text NOT NULL,
  unclean integer NOT NULL,
  PRIMARY KEY (subscription, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON COLUMN {schema}.leases.ahead IS 'base64 of a bitmap: bit n, the lowest of a byte first, is position low + 1 + n';

CREATE TABLE {schema}.owners (
  owner text COLLATE "C" NOT NULL,
  subscription text COLLATE "C" NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (owner, subscription)
);

CREATE TABLE {schema}.held_keys (
  subscription text COLLATE "C" NOT NULL REFERENCES {schema}.subscriptions ON DELETE CASCADE,
  partition integer NOT NULL,
  order_key text COLLATE "C" NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  due_at bigint NOT NULL,
  failures json NOT NULL,
  PRIMARY KEY (subscription, partition, order_key)
);

-- Moves checkpoints on, under their leases. Fails where one of them is somebody else's by now: nothing of the transaction
-- happens then. The rows are locked in one order, and stay so until the commit.
CREATE FUNCTION {schema}.advance(of_subscription text, progress json) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  lost integer[];
BEGIN
  PERFORM 1 FROM {schema}.leases l
    WHERE l.subscription = of_subscription AND l.partition IN (SELECT (p->>'partition')::integer FROM json_array_elements(progress) AS p)
    ORDER BY l.partition FOR UPDATE;
  SELECT array_agg((p->>'partition')::integer) INTO lost FROM json_array_elements(progress) AS p
    WHERE NOT EXISTS (SELECT 1 FROM {schema}.leases l WHERE l.subscription = of_subscription
      AND l.partition = (p->>'partition')::integer AND l.token = (p->>'token')::bigint AND l.owner IS NOT NULL);
  IF lost IS NOT NULL THEN
    RAISE EXCEPTION 'a lease was lost' USING ERRCODE = 'MR003', DETAIL = array_to_json(lost)::text;
  END IF;
  UPDATE {schema}.leases l SET low = (p->>'low')::bigint, ahead = p->>'ahead',
      unclean = CASE WHEN (p->>'low')::bigint > l.low THEN 0 ELSE l.unclean END
    FROM json_array_elements(progress) AS p
    WHERE l.subscription = of_subscription AND l.partition = (p->>'partition')::integer AND l.token = (p->>'token')::bigint;
END $$;

-- Puts keys on hold and lets others flow.
CREATE FUNCTION {schema}.hold(of_subscription text, holds json, releases json) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM {schema}.held_keys k USING json_array_elements(releases) AS r
    WHERE k.subscription = of_subscription AND k.partition = (r->>'partition')::integer AND k.order_key = r->>'orderKey';
  INSERT INTO {schema}.held_keys (subscription, partition, order_key, first_position, last_position, state, attempts, due_at, failures)
    SELECT of_subscription, (h->>'partition')::integer, h->>'orderKey', (h->>'first')::bigint, (h->>'last')::bigint, h->>'state',
        (h->>'attempts')::integer, (h->>'dueAt')::bigint, h->'failures'
      FROM json_array_elements(holds) AS h
    ON CONFLICT (subscription, partition, order_key) DO UPDATE SET first_position = excluded.first_position,
      last_position = excluded.last_position, state = excluded.state, attempts = excluded.attempts,
      due_at = excluded.due_at, failures = excluded.failures;
END $$;
`,
};
