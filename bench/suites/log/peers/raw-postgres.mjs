import pg from 'pg';
import { makeEvent } from '../events.mjs';

const TABLE = 'mortar.events';
// More connections than this make the server slower, not faster: see the traps in README.md.
const CONNECTIONS = 16;

/**
 * The floor on PostgreSQL: the table, the indexes and the durability of Mortar, without Mortar.
 * @param {string} url of a database with Mortar's tables
 */
export async function openRawPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', () => {});
  const names = Object.keys(VALUES);
  const insert = {
    name: 'insert',
    text: `INSERT INTO ${TABLE} (position, ${names.join(', ')}) VALUES (nextval('mortar.log_position'), ${names.map((_, index) => `$${index + 1}`).join(', ')})`,
  };
  /** @type {Map<string, number>} */
  const versions = new Map();
  const append = async (
    /** @type {pg.Pool | pg.PoolClient} */ client,
    /** @type {string} */ stream,
    /** @type {number} */ number,
  ) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    await client.query({ ...insert, values: valuesOf(makeEvent(number), stream, version) });
  };
  const streamQuery = {
    name: 'stream',
    text: `SELECT * FROM ${TABLE} WHERE stream_id = $1 AND version >= $2 ORDER BY version LIMIT $3`,
  };
  const pageQuery = {
    name: 'page',
    text: `SELECT * FROM ${TABLE} WHERE position > $1 ORDER BY position LIMIT $2`,
  };
  return {
    /** @type {(stream: string, number: number) => Promise<void>} */
    append: (stream, number) => append(pool, stream, number),
    /** @type {(stream: string, numbers: readonly number[]) => Promise<void>} */
    async appendTogether(stream, numbers) {
      const client = await pool.connect();
      await client.query('BEGIN');
      for (const number of numbers) await append(client, stream, number);
      await client.query('COMMIT');
      client.release();
    },
    /** @type {(stream: string, from: number, limit: number) => Promise<any[]>} */
    readStream: async (stream, from, limit) =>
      (await pool.query({ ...streamQuery, values: [stream, from, limit] })).rows,
    /** @type {(after: number, limit: number) => Promise<any[]>} */
    readPage: async (after, limit) => (await pool.query({ ...pageQuery, values: [after, limit] })).rows,
    close: () => pool.end(),
  };
}

/**
 * What goes into each column. One that is not named here is left to its default.
 * @type {Readonly<Record<string, (event: import('../events.mjs').BenchEvent, stream: string, version: number) => unknown>>}
 */
const VALUES = {
  version: (_event, _stream, version) => version,
  occurred_at: ({ occurredAt }) => occurredAt,
  recorded_at: ({ occurredAt }) => occurredAt,
  id: ({ id }) => id,
  schema_version: ({ schemaVersion }) => schemaVersion,
  key_hash: (_event, _stream, version) => version,
  priority: () => 2,
  stream_id: (_event, stream) => stream,
  type: ({ type }) => type,
  correlation_id: ({ correlationId }) => correlationId,
  actor: ({ actor }) => actor,
  payload: ({ payload }) => payload,
};

/**
 * @param {import('../events.mjs').BenchEvent} event
 * @param {string} stream
 * @param {number} version
 */
function valuesOf(event, stream, version) {
  return Object.values(VALUES).map((value) => value(event, stream, version));
}
