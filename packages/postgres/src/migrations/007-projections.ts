import type { Migration } from 'mortar/delivery';

/** Which generations of projections there are, and were: the row of one that is gone keeps its number. */
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
CREATE FUNCTION {schema}.generation_standing(wanted text, OUT low bigint, OUT held bigint, OUT letters bigint)
  LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  SELECT l.low INTO low FROM {schema}.leases l WHERE l.subscription = wanted AND l.partition = 0 FOR UPDATE;
  SELECT count(*) INTO held FROM {schema}.held_keys h WHERE h.subscription = wanted;
  SELECT count(*) INTO letters FROM {schema}.dead_letters d
    WHERE d.subscription = wanted AND d.state IN ('dead', 'replaying');
END $$;
`,
};
