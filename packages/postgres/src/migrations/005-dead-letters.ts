import type { Migration } from 'mortar/delivery';

/** Dead letters, replays of many of them, and what operators did. */
export const deadLetters: Migration = {
  id: 5,
  name: 'dead-letters',
  sql: `
CREATE TABLE {schema}.dead_letters (
  id uuid PRIMARY KEY,
  state text COLLATE "C" NOT NULL,
  subscription text COLLATE "C" NOT NULL,
  event_id uuid NOT NULL,
  type text COLLATE "C" NOT NULL,
  module text COLLATE "C" NOT NULL,
  key text COLLATE "C",
  correlation_id text COLLATE "C" NOT NULL,
  tenant text COLLATE "C",
  reason text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  position bigint,
  key_hash integer,
  attempts integer NOT NULL,
  replays integer NOT NULL,
  first_dead_at bigint NOT NULL,
  last_dead_at bigint NOT NULL,
  ended_at bigint,
  note text,
  actor text,
  error text NOT NULL,
  failures text NOT NULL,
  event text NOT NULL,
  place text,
  edited text,
  replay text
);
COMMENT ON COLUMN {schema}.dead_letters.event IS 'JSON: the event, its payload byte for byte';
COMMENT ON COLUMN {schema}.dead_letters.replay IS 'JSON: how far the replay under way has come';
CREATE UNIQUE INDEX dead_letters_event ON {schema}.dead_letters (event_id, subscription);
CREATE INDEX dead_letters_state ON {schema}.dead_letters (state, subscription, id);
CREATE INDEX dead_letters_place ON {schema}.dead_letters (subscription, position) WHERE ended_at IS NULL;

CREATE TABLE {schema}.replay_jobs (
  id uuid PRIMARY KEY,
  state text COLLATE "C" NOT NULL,
  actor text,
  note text,
  filter text NOT NULL,
  rate_per_second integer,
  started_at bigint NOT NULL,
  ended_at bigint,
  total integer NOT NULL
);

CREATE TABLE {schema}.replay_letters (
  job_id uuid NOT NULL REFERENCES {schema}.replay_jobs ON DELETE CASCADE,
  letter_id uuid NOT NULL,
  state text COLLATE "C" NOT NULL,
  PRIMARY KEY (job_id, letter_id)
);
COMMENT ON COLUMN {schema}.replay_letters.state IS 'waiting, begun or passed';

CREATE TABLE {schema}.audit (
  id uuid PRIMARY KEY,
  at bigint NOT NULL,
  actor text,
  action text NOT NULL,
  subscription text COLLATE "C",
  letter_id uuid,
  job_id uuid,
  note text
);
`,
};
