import type { Migration } from 'mortar/delivery';

/**
 * The append: one call commits any number of members, each all or nothing. Arrays that begin with `a_` have one element
 * for each append of a member, those with `e_` one for each event; `a_stream` counts in `streams` from 1, 0 is no stream.
 *
 * Locks are taken in one order by everybody: K, the rows of streams that exist in the order of their names, then the rows of
 * new streams in that order, then the floor, after which nothing waits. Answers with which members failed and why; where
 * `strict`, it fails itself instead.
 */
export const append: Migration = {
  id: 2,
  name: 'append',
  sql: `
CREATE FUNCTION {schema}.append(
  strict boolean, lock_timeout_ms text, synchronous boolean, condition_after bigint, condition_query jsonb,
  streams text[], a_member integer[], a_stream integer[], a_expected bigint[], a_count integer[],
  e_append integer[], e_offset integer[], e_id uuid[], e_type text[], e_schema_version integer[], e_key text[],
  e_key_hash integer[], e_priority smallint[], e_occurred_at bigint[], e_correlation_id text[], e_causation_id text[],
  e_actor text[], e_tenant text[], e_traceparent text[], e_metadata text[], e_tags text[], e_payload text[],
  OUT failures jsonb, OUT versions bigint[], OUT positions bigint[]
) LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  lock_k CONSTANT bigint := ({namespace}::bigint << 56) | 72057594037927935;
  ignored text;
  found record;
  count_streams integer := coalesce(array_length(streams, 1), 0);
  bases bigint[] := array_fill(0::bigint, ARRAY[count_streams]);
  olds bigint[] := array_fill(-1::bigint, ARRAY[count_streams]);
  states smallint[] := array_fill(0::smallint, ARRAY[count_streams]);
  starts bigint[] := array_fill(-1::bigint, ARRAY[coalesce(array_length(a_member, 1), 0)]);
  recorded bigint := 0;
  known integer[];
  member integer := -1;
  first_append integer := 1;
  has_failed boolean := false;
  count_new integer := 0;
  count_changed integer := 0;
  s integer;
  expected bigint;
  hit bigint;
  drawn bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is written under READ COMMITTED' USING ERRCODE = 'MR005';
  END IF;
  ignored := set_config('lock_timeout', lock_timeout_ms, true);
  IF synchronous AND current_setting('synchronous_commit') IN ('off', 'local', 'remote_write') THEN
    ignored := set_config('synchronous_commit', 'on', true);
  END IF;
  IF condition_query IS NULL THEN
    PERFORM pg_advisory_xact_lock_shared(lock_k);
  ELSE
    PERFORM pg_advisory_xact_lock(lock_k);
  END IF;

  IF count_streams > 0 THEN
    FOR found IN
      SELECT o.place, t.version, t.state, t.last_recorded_at
        FROM unnest(streams) WITH ORDINALITY AS o (stream_id, place) JOIN {schema}.streams t ON t.stream_id = o.stream_id
        ORDER BY t.stream_id FOR UPDATE OF t
    LOOP
      bases[found.place] := found.version;
      olds[found.place] := found.version;
      states[found.place] := found.state;
      recorded := greatest(recorded, found.last_recorded_at);
    END LOOP;
  END IF;
  recorded := greatest(recorded, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

  SELECT array_agg(a_member[e_append[o.place]]) INTO known
    FROM unnest(e_id) WITH ORDINALITY AS o (id, place) JOIN {schema}.events t ON t.id = o.id;

  FOR i IN 1 .. coalesce(array_length(a_member, 1), 0) LOOP
    IF a_member[i] <> member THEN
      member := a_member[i];
      first_append := i;
      has_failed := known IS NOT NULL AND member = ANY (known);
      IF has_failed THEN
        failures := coalesce(failures, '[]') || jsonb_build_object('member', member, 'kind', 'known');
      END IF;
    END IF;
    s := a_stream[i];
    IF has_failed THEN
      NULL;
    ELSIF s = 0 THEN
      starts[i] := 0;
    ELSE
      expected := a_expected[i];
      IF states[s] = 0 AND (expected = -1 OR expected = bases[s] OR (expected = -2 AND bases[s] > 0)) THEN
        starts[i] := bases[s];
        bases[s] := bases[s] + a_count[i];
      ELSE
        has_failed := true;
        failures := coalesce(failures, '[]') || jsonb_build_object('member', member, 'kind', 'stream',
          'append', i, 'version', bases[s], 'state', states[s]);
        FOR j IN first_append .. i - 1 LOOP
          IF a_stream[j] > 0 THEN
            bases[a_stream[j]] := starts[j];
          END IF;
          starts[j] := -1;
        END LOOP;
      END IF;
    END IF;
  END LOOP;

  IF failures IS NULL AND condition_query IS NOT NULL THEN
    hit := {schema}.find_hit(condition_after, condition_query);
    IF hit IS NOT NULL THEN
      failures := jsonb_build_array(jsonb_build_object('member', coalesce(a_member[1], 0), 'kind', 'condition', 'position', hit));
      starts := array_fill(-1::bigint, ARRAY[coalesce(array_length(a_member, 1), 0)]);
      bases := olds;
    END IF;
  END IF;
  IF strict AND failures IS NOT NULL THEN
    RAISE EXCEPTION 'a member can not be appended' USING ERRCODE = 'MR002', DETAIL = failures::text;
  END IF;

  FOR i IN 1 .. count_streams LOOP
    IF olds[i] < 0 AND bases[i] > 0 THEN
      count_new := count_new + 1;
    ELSIF olds[i] >= 0 AND bases[i] <> olds[i] THEN
      count_changed := count_changed + 1;
    END IF;
  END LOOP;
  IF count_new > 0 THEN
    INSERT INTO {schema}.streams (stream_id, version, state, first_recorded_at, last_recorded_at)
      SELECT o.stream_id, bases[o.place], 0, recorded, recorded FROM unnest(streams) WITH ORDINALITY AS o (stream_id, place)
        WHERE olds[o.place] < 0 AND bases[o.place] > 0 ORDER BY o.stream_id COLLATE "C"
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS s = ROW_COUNT;
    IF s <> count_new THEN
      RAISE EXCEPTION 'a stream was made by another meanwhile' USING ERRCODE = 'MR001';
    END IF;
  END IF;
  IF count_changed > 0 THEN
    UPDATE {schema}.streams t SET version = bases[o.place], last_recorded_at = recorded
      FROM unnest(streams) WITH ORDINALITY AS o (stream_id, place)
      WHERE t.stream_id = o.stream_id AND olds[o.place] >= 0 AND bases[o.place] <> olds[o.place];
  END IF;
  versions := starts;
  IF NOT (0 <= ANY (starts)) OR e_id = '{}' THEN
    RETURN;
  END IF;

  -- From here on nothing waits. The floor is held before the first position is drawn, and until the commit.
  SELECT last_value INTO drawn FROM {schema}.log_position;
  PERFORM pg_advisory_xact_lock_shared(({namespace}::bigint << 56) | drawn);
  WITH appended AS (
    INSERT INTO {schema}.events (position, version, occurred_at, recorded_at, id, schema_version, key_hash, priority, stream_id,
        type, key, correlation_id, causation_id, actor, tenant, traceparent, metadata, tags, payload)
      SELECT nextval('{schema}.log_position'), CASE WHEN a_stream[e.append] > 0 THEN starts[e.append] + e.place END,
          e.occurred_at, recorded, e.id, e.schema_version, e.key_hash, e.priority,
          CASE WHEN a_stream[e.append] > 0 THEN streams[a_stream[e.append]] END,
          e.type, e.key, e.correlation_id, e.causation_id, e.actor, e.tenant, e.traceparent,
          e.metadata::json, e.tags::text[], e.payload::json
        FROM unnest(e_append, e_offset, e_id, e_type, e_schema_version, e_key, e_key_hash, e_priority, e_occurred_at,
          e_correlation_id, e_causation_id, e_actor, e_tenant, e_traceparent, e_metadata, e_tags, e_payload) AS
          e (append, place, id, type, schema_version, key, key_hash, priority, occurred_at,
          correlation_id, causation_id, actor, tenant, traceparent, metadata, tags, payload)
        WHERE starts[e.append] >= 0
      RETURNING position)
  SELECT array_agg(a.position) INTO positions FROM appended a;
END $$;

-- The position of an event that a condition rules out.
CREATE FUNCTION {schema}.find_hit(condition_after bigint, condition_query jsonb) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  item jsonb;
  hit bigint;
BEGIN
  FOR item IN SELECT i FROM jsonb_array_elements(condition_query) AS i LOOP
    EXECUTE 'SELECT e.position FROM {schema}.events e WHERE e.position > $1'
      || CASE WHEN item ? 'types' THEN ' AND e.type = ANY ($2)' ELSE '' END
      || CASE WHEN jsonb_array_length(item->'tags') > 0 THEN ' AND e.tags @> $3' ELSE '' END
      || ' LIMIT 1'
      INTO hit USING condition_after,
        ARRAY(SELECT jsonb_array_elements_text(item->'types')), ARRAY(SELECT jsonb_array_elements_text(item->'tags'));
    IF hit IS NOT NULL THEN
      RETURN hit;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
`,
};
