import type { Migration } from 'mortar/delivery';

/**
 * Snapshots, and documents of read models: each collection has a table of its own, `documents_<number>`, which is made with it. No
 * number comes twice. Whoever changes documents of a collection holds its lock shared, and whoever makes or drops it holds
 * it alone: two numbers, and so none of the locks that readers of the log look at.
 *
 * A row without a body is a key without a document that a transaction has locked; it is gone when that ends.
 */
export const readModels: Migration = {
  id: 6,
  name: 'read-models',
  sql: `
CREATE TABLE {schema}.snapshots (
  stream_id text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  event_id uuid NOT NULL,
  saved_at bigint NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (stream_id, fingerprint)
);

CREATE FUNCTION {schema}.save_snapshot(
  of_stream text, of_code text, at_version bigint, last_event uuid, new_state text, kept_ms bigint
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_at bigint := {schema}.now_ms();
BEGIN
  INSERT INTO {schema}.snapshots AS s (stream_id, fingerprint, version, event_id, saved_at, state)
    VALUES (of_stream, of_code, at_version, last_event, now_at, new_state)
    ON CONFLICT (stream_id, fingerprint) DO UPDATE SET version = excluded.version, event_id = excluded.event_id,
      saved_at = excluded.saved_at, state = excluded.state WHERE s.version < excluded.version;
  IF FOUND THEN
    DELETE FROM {schema}.snapshots WHERE stream_id = of_stream AND fingerprint <> of_code AND saved_at <= now_at - kept_ms;
  END IF;
END $$;

CREATE TABLE {schema}.collections (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  fields text[] NOT NULL,
  indexes json NOT NULL
);

-- Answers with nothing, or with the fields and indexes of one that is there under this name. An index is given as its columns too.
CREATE FUNCTION {schema}.make_collection(new_name text, new_fields text[], new_indexes json, index_columns text[])
  RETURNS json LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  known {schema}.collections;
  made bigint;
  field_columns text := '';
BEGIN
  PERFORM pg_advisory_xact_lock({namespace} * 65536 + 25711, hashtext(new_name));
  SELECT c.* INTO known FROM {schema}.collections c WHERE c.name = new_name;
  IF FOUND THEN
    RETURN json_build_array(known.fields, known.indexes);
  END IF;
  INSERT INTO {schema}.collections (name, fields, indexes) VALUES (new_name, new_fields, new_indexes)
    RETURNING number INTO made;
  FOR i IN 1 .. cardinality(new_fields) LOOP
    field_columns := field_columns || format('f%s text COLLATE "C" NOT NULL DEFAULT '''', ', i);
  END LOOP;
  EXECUTE format('CREATE TABLE {schema}.documents_%s (tenant text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, '
    'body text, %sPRIMARY KEY (tenant, key)) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05)', made, field_columns);
  FOR i IN 1 .. cardinality(index_columns) LOOP
    EXECUTE format('CREATE INDEX documents_%s_%s ON {schema}.documents_%s (tenant, %s, key) WHERE body IS NOT NULL',
      made, i, made, index_columns[i]);
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION {schema}.drop_collection(gone text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_number bigint;
BEGIN
  PERFORM pg_advisory_xact_lock({namespace} * 65536 + 25711, hashtext(gone));
  DELETE FROM {schema}.collections WHERE name = gone RETURNING number INTO found_number;
  IF found_number IS NOT NULL THEN
    EXECUTE format('DROP TABLE {schema}.documents_%s', found_number);
  END IF;
END $$;

-- The number of a collection that stays for as long as the transaction, and how many fields it has.
CREATE FUNCTION {schema}.use_collection(wanted text, OUT number bigint, OUT width integer) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({namespace} * 65536 + 25711, hashtext(wanted));
  SELECT c.number, cardinality(c.fields) INTO number, width FROM {schema}.collections c WHERE c.name = wanted;
END $$;

-- Removes and puts documents of one collection; each comes once, and both in the order of tenants and keys. The values are those
-- of the first field, then those of the second, and so on. Passes over a collection that is not there.
CREATE FUNCTION {schema}.change_documents(
  collection text, gone_tenants text[], gone_keys text[],
  put_tenants text[], put_keys text[], put_bodies text[], put_values text[], put_width integer
) RETURNS void LANGUAGE plpgsql VOLATILE SET jit = off AS $$
DECLARE
  place record;
  count_put CONSTANT integer := cardinality(put_keys);
  columns text := '';
  arrays text := '';
  changed text := '';
BEGIN
  SELECT * INTO place FROM {schema}.use_collection(collection);
  IF place.number IS NULL THEN
    RETURN;
  END IF;
  IF count_put > 0 AND put_width <> place.width THEN
    RAISE EXCEPTION 'a document has not a value for each field' USING ERRCODE = 'MR007',
      DETAIL = json_build_object('collection', collection, 'width', place.width)::text;
  END IF;
  IF gone_keys <> '{}' THEN
    EXECUTE format('SELECT FROM unnest($1, $2) AS w (tenant, key) JOIN {schema}.documents_%s d '
      'ON d.tenant = w.tenant AND d.key = w.key ORDER BY d.tenant, d.key FOR UPDATE OF d', place.number)
      USING gone_tenants || put_tenants, gone_keys || put_keys;
    EXECUTE format('DELETE FROM {schema}.documents_%s d USING unnest($1, $2) AS w (tenant, key) '
      'WHERE d.tenant = w.tenant AND d.key = w.key', place.number) USING gone_tenants, gone_keys;
  END IF;
  IF count_put > 0 THEN
    FOR i IN 1 .. place.width LOOP
      columns := columns || format(', f%s', i);
      arrays := arrays || format(', $4[%s:%s]', (i - 1) * count_put + 1, i * count_put);
      changed := changed || format(', f%s = excluded.f%s', i, i);
    END LOOP;
    EXECUTE format('INSERT INTO {schema}.documents_%s (tenant, key, body%s) SELECT * FROM unnest($1, $2, $3%s) '
      'ON CONFLICT (tenant, key) DO UPDATE SET body = excluded.body%s', place.number, columns, arrays, changed)
      USING put_tenants, put_keys, put_bodies, put_values;
  END IF;
END $$;

-- Locks keys, which come once and in their order, whether there is a document or not: each is locked before the next. Answers
-- with those that are there.
CREATE FUNCTION {schema}.lock_documents(collection text, of_tenant text, wanted text[])
  RETURNS TABLE (found_key text, found_body text, found_values json) LANGUAGE plpgsql VOLATILE SET jit = off AS $$
DECLARE
  place record;
  columns text;
BEGIN
  SELECT * INTO place FROM {schema}.use_collection(collection);
  IF place.number IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('INSERT INTO {schema}.documents_%s AS d (tenant, key) SELECT $1, w.key FROM unnest($2) AS w (key) '
    'ON CONFLICT (tenant, key) DO UPDATE SET body = d.body WHERE false', place.number) USING of_tenant, wanted;
  SELECT string_agg('d.f' || i, ', ') INTO columns FROM generate_series(1, place.width) AS i;
  RETURN QUERY EXECUTE format('SELECT d.key, d.body, array_to_json(ARRAY[%s]::text[]) FROM {schema}.documents_%s d '
    'WHERE d.tenant = $1 AND d.key = ANY ($2) AND d.body IS NOT NULL', columns, place.number) USING of_tenant, wanted;
END $$;

-- Removes what a lock has left of keys that have no document.
CREATE FUNCTION {schema}.release_documents(collection text, of_tenant text, wanted text[])
  RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  place record;
BEGIN
  SELECT * INTO place FROM {schema}.use_collection(collection);
  IF place.number IS NOT NULL THEN
    EXECUTE format('DELETE FROM {schema}.documents_%s WHERE tenant = $1 AND key = ANY ($2) AND body IS NULL', place.number)
      USING of_tenant, wanted;
  END IF;
END $$;

-- Takes what an append takes before its floor, K and the rows of streams, in the order of everybody. The rows of new streams are
-- made, so that others wait for them, at version 0, which nobody else ever sees: date_streams sets them right when the
-- events are there. Answers with the version of each stream, -1 where it is closed, and with the new ones. Fails where one
-- of the events is there already, and where other projections are inline than the caller knows.
CREATE FUNCTION {schema}.lock_streams(
  known_epoch bigint, is_exclusive boolean, wanted text[], ids uuid[], OUT versions bigint[], OUT made json
) LANGUAGE plpgsql VOLATILE
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
  SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
  lock_k CONSTANT bigint := ({namespace}::bigint << 56) | 72057594037927935;
  now_at bigint;
  count_made integer;
  one record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the log is written under READ COMMITTED' USING ERRCODE = 'MR005';
  END IF;
  IF is_exclusive THEN
    PERFORM pg_advisory_xact_lock(lock_k);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(lock_k);
  END IF;
  IF known_epoch <> pg_sequence_last_value('{schema}.inline_epoch') THEN
    RAISE EXCEPTION 'other projections are inline' USING ERRCODE = 'MR008';
  END IF;
  versions := array_fill(0::bigint, ARRAY[cardinality(wanted)]);
  FOR one IN
    SELECT o.place, t.version, t.state
      FROM unnest(wanted) WITH ORDINALITY AS o (stream_id, place) JOIN {schema}.streams t ON t.stream_id = o.stream_id
      ORDER BY t.stream_id FOR UPDATE OF t
  LOOP
    versions[one.place] := CASE WHEN one.state = 0 THEN one.version ELSE -1 END;
  END LOOP;
  IF 0 = ANY (versions) THEN
    now_at := {schema}.now_ms();
    INSERT INTO {schema}.streams (stream_id, version, state, first_recorded_at, last_recorded_at)
      SELECT o.stream_id, 0, 0, now_at, now_at FROM unnest(wanted) WITH ORDINALITY AS o (stream_id, place)
        WHERE versions[o.place] = 0 ORDER BY o.stream_id COLLATE "C"
      ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS count_made = ROW_COUNT;
    made := (SELECT json_agg(o.stream_id) FROM unnest(wanted) WITH ORDINALITY AS o (stream_id, place)
      WHERE versions[o.place] = 0);
    IF count_made <> json_array_length(made) THEN
      RAISE EXCEPTION 'a stream was made by another meanwhile' USING ERRCODE = 'MR001';
    END IF;
  END IF;
  PERFORM FROM unnest(ids) AS o (id) JOIN {schema}.events t ON t.id = o.id;
  IF FOUND THEN
    RAISE EXCEPTION 'an event is known already' USING ERRCODE = 'MR006';
  END IF;
END $$;

CREATE FUNCTION {schema}.date_streams(made json) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE {schema}.streams SET first_recorded_at = last_recorded_at
    WHERE stream_id IN (SELECT json_array_elements_text(made))
$$;
`,
};
