import pg from 'pg';

/** @typedef {import('../../frame/random.mjs').Random} Random */

// A statement's trigger runs where it hurts: positions are drawn and rows inserted, and the transaction is still open.
const HOLD = `
CREATE FUNCTION campaign_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  dice double precision := random();
BEGIN
  IF dice < 0.02 THEN
    PERFORM pg_sleep(random() * 0.05);
  ELSIF dice < 0.025 THEN
    PERFORM pg_sleep(random() * 0.4);
  ELSIF dice < 0.035 THEN
    RAISE EXCEPTION 'rolled back by the campaign' USING ERRCODE = '40001';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER campaign_hold AFTER INSERT ON mortar.events FOR EACH STATEMENT EXECUTE FUNCTION campaign_hold();
`;
const KILL_EVERY_MS = 400;

/**
 * Lets some appends be held after they have drawn their positions, and some be rolled back then.
 * @param {string} url
 */
export async function holdAppends(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(HOLD);
  await client.end();
}

/**
 * Ends random connections to a database from time to time, whatever they are doing.
 * @param {string} admin the URL of another database
 * @param {string} database
 * @param {Random} random
 * @returns {{ killed: () => number, stop: () => Promise<void> }}
 */
export function killBackends(admin, database, random) {
  let killed = 0;
  let isStopped = false;
  const kill = async () => {
    const client = new pg.Client({ connectionString: admin });
    client.on('error', () => {});
    await client.connect();
    while (!isStopped) {
      await new Promise((resolve) => setTimeout(resolve, random.next() * 2 * KILL_EVERY_MS));
      // Rather one in the middle of a transaction: those are the ones that leave holes.
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = $1 AND backend_type = 'client backend'
        ORDER BY (state <> 'idle' AND random() < 0.8) DESC, random() LIMIT 1`;
      const { rowCount } = await client.query(sql, [database]);
      killed += rowCount ?? 0;
    }
    await client.end();
  };
  const running = kill();
  return {
    killed: () => killed,
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}

/**
 * A transaction in another database of the same server that has written, and stays open: whoever waits for the oldest
 * transaction of the server waits for this one.
 * @param {string} admin
 */
export async function holdTransaction(admin) {
  const client = new pg.Client({ connectionString: admin });
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT pg_current_xact_id()');
  return {
    async end() {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}
