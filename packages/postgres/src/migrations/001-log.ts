import type { Migration } from 'mortar/delivery';

/**
 * The log. Why these indexes, and why readers miss nothing, stands in docs/decisions/014-postgres-store.md.
 * `{schema}` is the quoted schema, `{namespace}` the number that keeps its advisory locks apart from others'.
 */
export const log: Migration = {
  id: 1,
  name: 'log',
  sql: `
CREATE SEQUENCE {schema}.log_position AS bigint MINVALUE 0 START WITH 0 CACHE 1;
SELECT nextval('{schema}.log_position');

CREATE TABLE {schema}.streams (
  stream_id text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  state smallint NOT NULL,
  first_recorded_at bigint NOT NULL,
  last_recorded_at bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON COLUMN {schema}.streams.state IS '0 open, 1 archived, 2 tombstoned';

CREATE TABLE {schema}.events (
  position bigint PRIMARY KEY,
  version bigint,
  occurred_at bigint NOT NULL,
  recorded_at bigint NOT NULL,
  id uuid NOT NULL,
  schema_version integer NOT NULL,
  key_hash integer NOT NULL,
  priority smallint NOT NULL,
  stream_id text COLLATE "C",
  type text COLLATE "C" NOT NULL,
  key text COLLATE "C",
  correlation_id text COLLATE "C" NOT NULL,
  causation_id text COLLATE "C",
  actor text COLLATE "C",
  tenant text COLLATE "C",
  traceparent text COLLATE "C",
  metadata json,
  tags text[] COLLATE "C",
  payload json NOT NULL
);
CREATE UNIQUE INDEX events_id ON {schema}.events (id);
CREATE UNIQUE INDEX events_stream ON {schema}.events (stream_id, version) WHERE stream_id IS NOT NULL;
CREATE INDEX events_tags ON {schema}.events USING gin (tags) WITH (fastupdate = off) WHERE tags IS NOT NULL;
COMMENT ON COLUMN {schema}.events.priority IS '0 critical, 1 high, 2 normal, 3 low';
COMMENT ON COLUMN {schema}.events.recorded_at IS 'milliseconds since the Unix epoch';

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'nothing is ever changed in the log or removed from it' USING ERRCODE = 'MR000';
END $$;
CREATE TRIGGER events_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

CREATE FUNCTION {schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- The greatest position up to which nothing will come to lie any more. Its statements must each see what was committed
-- when they begin: first what was drawn, then which floors are held, then the rows. Appends that were under way when it
-- began are waited for, up to a time, so that what was acknowledged by then is found.
CREATE FUNCTION {schema}.safe_head(wait_ms integer DEFAULT 100) RETURNS bigint LANGUAGE plpgsql VOLATILE
  SET jit = off
AS $$
DECLARE
  begun timestamptz;
  drawn bigint;
  lowest_floor bigint;
  head bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is read under READ COMMITTED' USING ERRCODE = 'MR005';
  END IF;
  drawn := pg_sequence_last_value('{schema}.log_position');
  LOOP
    SELECT min(((l.classid::bigint & 16777215) << 32) | l.objid::bigint) INTO lowest_floor
      FROM pg_locks l
      WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid::bigint >> 24 = {namespace}
        AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
    EXIT WHEN lowest_floor IS NULL OR lowest_floor >= drawn;
    begun := coalesce(begun, clock_timestamp());
    EXIT WHEN clock_timestamp() >= begun + wait_ms * interval '1 millisecond';
    PERFORM pg_sleep(0.0003);
  END LOOP;
  SELECT max(e.position) INTO head FROM {schema}.events e WHERE e.position <= least(drawn, lowest_floor);
  RETURN coalesce(head, 0);
END $$;
`,
};
