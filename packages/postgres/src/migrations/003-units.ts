import type { Migration } from 'mortar/delivery';

/**
 * What units of work leave behind beside their events. `unit_id` says whose commit it was: so a commit whose connection was
 * lost is recognised as one's own.
 */
export const units: Migration = {
  id: 3,
  name: 'units',
  sql: `
CREATE TABLE {schema}.results (
  key text COLLATE "C" PRIMARY KEY,
  digest text COLLATE "C" NOT NULL,
  result text NOT NULL,
  expires_at bigint NOT NULL,
  unit_id uuid NOT NULL
);
CREATE INDEX results_expiry ON {schema}.results (expires_at);

CREATE TABLE {schema}.inbox (
  subscription text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  handled_at bigint NOT NULL,
  unit_id uuid NOT NULL,
  PRIMARY KEY (subscription, message_id)
);
CREATE INDEX inbox_age ON {schema}.inbox (handled_at);

CREATE TABLE {schema}.units (
  id uuid PRIMARY KEY,
  committed_at bigint NOT NULL
);
CREATE INDEX units_age ON {schema}.units (committed_at);

CREATE TABLE {schema}.scheduled (
  name text COLLATE "C" PRIMARY KEY,
  due_at bigint NOT NULL,
  event_id uuid NOT NULL,
  event text NOT NULL
);
CREATE INDEX scheduled_due ON {schema}.scheduled (due_at, name);

-- Settles what units leave behind beside their events. Fails as a whole where something of it is known already, by a unique
-- key or as raised here.
CREATE FUNCTION {schema}.settle(settlements json) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  unit json;
  kept json;
  now_at bigint := {schema}.now_ms();
BEGIN
  FOR unit IN SELECT u FROM json_array_elements(settlements) AS u LOOP
    IF unit->'forget' IS NOT NULL THEN
      DELETE FROM {schema}.results WHERE key IN (SELECT json_array_elements_text(unit->'forget'));
    END IF;
    kept := unit->'keep';
    IF kept IS NOT NULL THEN
      INSERT INTO {schema}.results AS r (key, digest, result, expires_at, unit_id)
        VALUES (kept->>'key', kept->>'digest', kept->>'result', (kept->>'expiresAt')::bigint, (unit->>'id')::uuid)
        ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, result = excluded.result,
          expires_at = excluded.expires_at, unit_id = excluded.unit_id WHERE r.expires_at <= now_at;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a result is kept already' USING ERRCODE = 'MR006';
      END IF;
    END IF;
    IF unit->'inbox' IS NOT NULL THEN
      INSERT INTO {schema}.inbox (subscription, message_id, handled_at, unit_id)
        VALUES (unit->'inbox'->>'subscription', unit->'inbox'->>'messageId', now_at, (unit->>'id')::uuid);
    END IF;
    IF unit->'isRecorded' IS NOT NULL THEN
      INSERT INTO {schema}.units (id, committed_at) VALUES ((unit->>'id')::uuid, now_at);
    END IF;
    IF unit->'unschedule' IS NOT NULL THEN
      DELETE FROM {schema}.scheduled WHERE name IN (SELECT json_array_elements_text(unit->'unschedule'));
    END IF;
    IF unit->'fired' IS NOT NULL THEN
      DELETE FROM {schema}.scheduled s USING json_array_elements(unit->'fired') AS f
        WHERE s.name = f->>'name' AND s.event_id = (f->>'eventId')::uuid;
    END IF;
    IF unit->'schedule' IS NOT NULL THEN
      INSERT INTO {schema}.scheduled (name, due_at, event_id, event)
        SELECT DISTINCT ON (e.value->>'name') e.value->>'name', (e.value->>'dueAt')::bigint, (e.value->>'eventId')::uuid,
            e.value->>'event'
          FROM json_array_elements(unit->'schedule') WITH ORDINALITY AS e (value, place)
          ORDER BY e.value->>'name', e.place DESC
        ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at, event_id = excluded.event_id, event = excluded.event;
    END IF;
  END LOOP;
END $$;
`,
};
