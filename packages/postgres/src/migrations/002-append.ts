import type { Migration } from 'mortar/delivery';

/**
 * The append: one call commits any number of members, each all or nothing. Arrays that begin with `a_` have one element
 * for each append of a member, those with `e_` one for each event; `a_stream` counts in `streams` from 1, 0 is no stream;
 * `s_added` says how many events each stream gets, and `a_before` how many of them by earlier appends of the call.
 *
 * Locks are taken in one order by everybody: K, the rows of streams that exist in the order of their names, then the rows of
 * new streams in that order, then the floor, after which nothing waits. Answers with which members failed and why; where
 * `strict`, it fails itself instead.
 *
 * `known_epoch` is the inline epoch that the caller knows. Whoever changes it holds K exclusively; a sequence keeps it, since one
 * is read without a statement. That a change of it is not undone where its transaction is only makes callers ask anew.
 */
export const append: Migration = {
  id: 2,
  name: 'append',
  sql: `
CREATE SEQUENCE {schema}.inline_epoch AS bigint MINVALUE 0 START WITH 0 CACHE 1;
SELECT setval('{schema}.inline_epoch', 0);

CREATE FUNCTION {schema}.append(
  strict boolean, lock_timeout_ms text, synchronous boolean, known_epoch bigint, condition_after bigint, condition_query jsonb,
  streams text[], s_added integer[], a_member integer[], a_stream integer[], a_expected bigint[], a_count integer[],
  a_before integer[], e_append integer[], e_offset integer[], e_id uuid[], e_type text[], e_schema_version integer[],
  e_key text[], e_key_hash integer[], e_priority smallint[], e_occurred_at bigint[], e_correlation_id text[],
  e_causation_id text[], e_actor text[], e_tenant text[], e_traceparent text[], e_metadata text[], e_tags text[],
  e_payload text[],
  OUT failures jsonb, OUT versions bigint[], OUT positions bigint[]
) LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  lock_k CONSTANT bigint := ({namespace}::bigint << 56) | 72057594037927935;
  ignored text;
  olds bigint[];
  states smallint[];
  bases bigint[];
  starts bigint[];
  recorded bigint;
  known integer[];
  are_fit boolean;
  member integer := -1;
  first_append integer;
  has_failed boolean;
  count_new integer;
  s integer;
  expected bigint;
  hit bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is written under READ COMMITTED' USING ERRCODE = 'MR005';
  END IF;
  -- Assignments of an expression without a table are much cheaper than statements.
  ignored := set_config('lock_timeout', lock_timeout_ms, true)
    || CASE WHEN synchronous AND current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
         THEN set_config('synchronous_commit', 'on', true) ELSE '' END;
  IF condition_query IS NULL THEN
    ignored := pg_advisory_xact_lock_shared(lock_k)::text;
  ELSE
    ignored := pg_advisory_xact_lock(lock_k)::text;
  END IF;
  IF known_epoch <> pg_sequence_last_value('{schema}.inline_epoch') AND e_id <> '{}' THEN
    IF strict THEN
      RAISE EXCEPTION 'other projections are inline' USING ERRCODE = 'MR008';
    END IF;
    failures := (SELECT jsonb_agg(jsonb_build_object('member', m.member, 'kind', 'epoch'))
      FROM (SELECT DISTINCT unnest(a_member) AS member) AS m);
    RETURN;
  END IF;

  SELECT array_agg(coalesce(l.version, -1)), array_agg(coalesce(l.state, 0)), max(l.last_recorded_at),
      count(*) FILTER (WHERE l.version IS NULL)
    INTO olds, states, recorded, count_new
    FROM (SELECT found.version, found.state, found.last_recorded_at
      FROM (SELECT n.stream_id, n.place FROM unnest(streams) WITH ORDINALITY AS n (stream_id, place)
          ORDER BY n.stream_id COLLATE "C") AS o
        LEFT JOIN LATERAL (SELECT t.version, t.state, t.last_recorded_at FROM {schema}.streams t
          WHERE t.stream_id = o.stream_id FOR UPDATE OF t) AS found ON true
      ORDER BY o.place) AS l;
  recorded := greatest(recorded, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

  -- Where each append begins if all of them fit; which ids are known, by a statement that sees what came before the locks.
  SELECT array_agg(CASE WHEN a.stream = 0 THEN 0 ELSE greatest(olds[a.stream], 0) + a.before END),
      bool_and(a.stream = 0 OR (states[a.stream] = 0 AND (a.expected = -1
        OR a.expected = greatest(olds[a.stream], 0) + a.before
        OR (a.expected = -2 AND greatest(olds[a.stream], 0) + a.before > 0)))),
      (SELECT array_agg(a_member[e_append[k.place]])
        FROM unnest(e_id) WITH ORDINALITY AS k (id, place) JOIN {schema}.events t ON t.id = k.id)
    INTO starts, are_fit, known
    FROM unnest(a_stream, a_expected, a_before) AS a (stream, expected, before);

  IF known IS NOT NULL OR NOT are_fit THEN
    SELECT array_agg(greatest(o.old, 0)) INTO bases FROM unnest(olds) AS o (old);
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
      starts[i] := -1;
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
    SELECT array_agg(b.base - greatest(b.old, 0)), count(*) FILTER (WHERE b.old < 0 AND b.base > 0)
      INTO s_added, count_new
      FROM unnest(bases, olds) AS b (base, old);
  END IF;

  IF failures IS NULL AND condition_query IS NOT NULL THEN
    hit := {schema}.find_hit(condition_after, condition_query);
    IF hit IS NOT NULL THEN
      failures := jsonb_build_array(jsonb_build_object('member', coalesce(a_member[1], 0), 'kind', 'condition', 'position', hit));
      starts := array_fill(-1::bigint, ARRAY[coalesce(array_length(a_member, 1), 0)]);
      s_added := array_fill(0, ARRAY[coalesce(array_length(streams, 1), 0)]);
      count_new := 0;
    END IF;
  END IF;
  IF strict AND failures IS NOT NULL THEN
    RAISE EXCEPTION 'a member can not be appended' USING ERRCODE = 'MR002', DETAIL = failures::text;
  END IF;

  IF count_new > 0 THEN
    INSERT INTO {schema}.streams (stream_id, version, state, first_recorded_at, last_recorded_at)
      SELECT o.stream_id, o.added, 0, recorded, recorded FROM unnest(streams, s_added, olds) AS o (stream_id, added, old)
        WHERE o.old < 0 AND o.added > 0 ORDER BY o.stream_id COLLATE "C"
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS s = ROW_COUNT;
    IF s <> count_new THEN
      RAISE EXCEPTION 'a stream was made by another meanwhile' USING ERRCODE = 'MR001';
    END IF;
  END IF;
  IF count_new < array_length(streams, 1) THEN
    UPDATE {schema}.streams t SET version = t.version + o.added, last_recorded_at = recorded
      FROM unnest(streams, s_added, olds) AS o (stream_id, added, old)
      WHERE t.stream_id = o.stream_id AND o.old >= 0 AND o.added > 0;
  END IF;
  versions := starts;
  IF e_id = '{}' OR NOT (0 <= ANY (starts)) THEN
    RETURN;
  END IF;

  -- From here on nothing waits. The floor is held before the first position is drawn, and until the commit.
  ignored := pg_advisory_xact_lock_shared(
    ({namespace}::bigint << 56) | pg_sequence_last_value('{schema}.log_position'))::text;
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

-- The same for one event of one append without a condition, which is what most calls are. What is out of the ordinary, a
-- repetition or a conflict, is left to \`append\`, which finds nothing changed.
CREATE FUNCTION {schema}.append_one(
  strict boolean, lock_timeout_ms text, synchronous boolean, known_epoch bigint, stream text, expected bigint,
  e_id uuid, e_type text, e_schema_version integer, e_key text, e_key_hash integer, e_priority smallint, e_occurred_at bigint,
  e_correlation_id text, e_causation_id text, e_actor text, e_tenant text, e_traceparent text, e_metadata text, e_tags text,
  e_payload text,
  OUT failures jsonb, OUT versions bigint[], OUT positions bigint[]
) LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  ignored text;
  at_version bigint;
  recorded bigint;
  drawn bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is written under READ COMMITTED' USING ERRCODE = 'MR005';
  END IF;
  ignored := set_config('lock_timeout', lock_timeout_ms, true)
    || CASE WHEN synchronous AND current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
         THEN set_config('synchronous_commit', 'on', true) ELSE '' END
    || pg_advisory_xact_lock_shared(({namespace}::bigint << 56) | 72057594037927935)::text;
  IF known_epoch <> pg_sequence_last_value('{schema}.inline_epoch') THEN
    IF strict THEN
      RAISE EXCEPTION 'other projections are inline' USING ERRCODE = 'MR008';
    END IF;
    failures := '[{"member":0,"kind":"epoch"}]';
    RETURN;
  END IF;

  IF stream IS NULL THEN
    recorded := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  ELSE
    IF expected <> 0 THEN
      UPDATE {schema}.streams t SET version = t.version + 1,
          last_recorded_at = greatest(t.last_recorded_at, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
        WHERE t.stream_id = stream AND t.state = 0 AND (expected = -1 OR expected = t.version OR expected = -2)
          AND NOT EXISTS (SELECT 1 FROM {schema}.events k WHERE k.id = e_id)
        RETURNING t.version, t.last_recorded_at INTO at_version, recorded;
    END IF;
    IF at_version IS NULL AND expected IN (-1, 0) THEN
      INSERT INTO {schema}.streams AS t (stream_id, version, state, first_recorded_at, last_recorded_at)
        SELECT stream, 1, 0, n.now_at, n.now_at FROM {schema}.now_ms() AS n (now_at)
          WHERE NOT EXISTS (SELECT 1 FROM {schema}.events k WHERE k.id = e_id)
        ON CONFLICT DO NOTHING
        RETURNING t.version, t.last_recorded_at INTO at_version, recorded;
    END IF;
  END IF;

  IF stream IS NULL OR at_version IS NOT NULL THEN
    -- From here on nothing waits. The floor is held before the position is drawn, and until the commit.
    ignored := pg_advisory_xact_lock_shared(
      ({namespace}::bigint << 56) | pg_sequence_last_value('{schema}.log_position'))::text;
    INSERT INTO {schema}.events AS n (position, version, occurred_at, recorded_at, id, schema_version, key_hash, priority,
        stream_id, type, key, correlation_id, causation_id, actor, tenant, traceparent, metadata, tags, payload)
      SELECT nextval('{schema}.log_position'), at_version, e_occurred_at, recorded, e_id, e_schema_version, e_key_hash,
          e_priority, stream, e_type, e_key, e_correlation_id, e_causation_id, e_actor, e_tenant, e_traceparent,
          e_metadata::json, e_tags::text[], e_payload::json
        WHERE NOT EXISTS (SELECT 1 FROM {schema}.events k WHERE k.id = e_id)
      RETURNING n.position INTO drawn;
    IF drawn IS NOT NULL THEN
      versions := ARRAY[coalesce(at_version - 1, 0)];
      positions := ARRAY[drawn];
      RETURN;
    END IF;
    IF at_version IS NOT NULL THEN
      RAISE EXCEPTION 'an event became known meanwhile' USING ERRCODE = 'MR001';
    END IF;
  END IF;
  SELECT a.failures, a.versions, a.positions INTO failures, versions, positions
    FROM {schema}.append(strict, lock_timeout_ms, synchronous, known_epoch, NULL, NULL,
      CASE WHEN stream IS NULL THEN '{}' ELSE ARRAY[stream] END, CASE WHEN stream IS NULL THEN '{}' ELSE ARRAY[1] END,
      ARRAY[0], ARRAY[CASE WHEN stream IS NULL THEN 0 ELSE 1 END], ARRAY[expected], ARRAY[1], ARRAY[0],
      ARRAY[1], ARRAY[1], ARRAY[e_id], ARRAY[e_type], ARRAY[e_schema_version], ARRAY[e_key], ARRAY[e_key_hash],
      ARRAY[e_priority], ARRAY[e_occurred_at], ARRAY[e_correlation_id], ARRAY[e_causation_id], ARRAY[e_actor],
      ARRAY[e_tenant], ARRAY[e_traceparent], ARRAY[e_metadata], ARRAY[e_tags], ARRAY[e_payload]) AS a;
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
