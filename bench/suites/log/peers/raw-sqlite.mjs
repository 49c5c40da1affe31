import Database from 'better-sqlite3';
import { makeEvent } from '../events.mjs';

const TABLE = 'mortar_events';

/**
 * The floor on SQLite: the table, the indexes, the driver and the durability of Mortar, without Mortar.
 * @param {string} file with Mortar's tables
 */
export function openRawSqlite(file) {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  const columns = /** @type {{ name: string }[]} */ (db.pragma(`table_info(${TABLE})`)).map(
    ({ name }) => name,
  );
  const insert = db.prepare(
    `INSERT INTO ${TABLE} (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  /** @type {Map<string, number>} */
  const versions = new Map();
  const append = (/** @type {string} */ stream, /** @type {number} */ number) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    insert.run(rowOf(makeEvent(number), stream, version));
  };
  const streamQuery = db.prepare(
    `SELECT * FROM ${TABLE} WHERE stream = ? AND version >= ? ORDER BY version LIMIT ?`,
  );
  const pageQuery = db.prepare(`SELECT * FROM ${TABLE} WHERE position > ? ORDER BY position LIMIT ?`);
  return {
    append,
    /** @type {(stream: string, numbers: readonly number[]) => void} */
    appendTogether: db.transaction(
      (/** @type {string} */ stream, /** @type {readonly number[]} */ numbers) => {
        for (const number of numbers) append(stream, number);
      },
    ).immediate,
    /** @type {(stream: string, from: number, limit: number) => any[]} */
    readStream: (stream, from, limit) => streamQuery.all(stream, from, limit),
    /** @type {(after: number, limit: number) => any[]} */
    readPage: (after, limit) => pageQuery.all(after, limit),
    close: () => db.close(),
  };
}

/**
 * @param {import('../events.mjs').BenchEvent} event
 * @param {string} stream
 * @param {number} version
 */
function rowOf(event, stream, version) {
  return {
    position: null,
    id: event.id,
    stream,
    version,
    type: event.type,
    schema_version: event.schemaVersion,
    key: null,
    key_hash: version,
    priority: event.priority,
    occurred_at: event.occurredAt,
    recorded_at: event.occurredAt,
    correlation_id: event.correlationId,
    causation_id: null,
    actor: event.actor,
    tenant: null,
    traceparent: null,
    metadata: null,
    tags: null,
    payload: event.payload,
  };
}
