import type { Position } from 'mortar/event-store';
import type { GenerationRow, GenerationStanding, GenerationTables } from 'mortar/read-models';
import type { Database } from '../database/database.js';
import type { JobContext } from '../database/writer.js';
import type { Connection, Statement } from '../driver/driver.js';
import type { LetterKeeper } from '../letters/letter-keeper.js';

type Row = readonly [
  projection: string,
  number: number,
  fingerprint: string,
  state: GenerationRow['state'],
  begunAt: number,
  changedAt: number,
];

type StandingRow = readonly [low: Position | null, heldKeys: number, deadLetters: number];

/** Which generations of projections there are, in a SQLite file. */
export function sqliteGenerations(database: Database, letters: LetterKeeper): GenerationTables {
  const all = database.reader.prepare<Row>(`${SELECT} ORDER BY projection, number`, 'tuples');
  const read = ofProjection(database.reader);
  const written = ofProjection(database.writer);
  const put = database.writer.prepare<never>(
    'INSERT OR REPLACE INTO mortar_generations VALUES (?, ?, ?, ?, ?, ?)',
    'tuples',
  );
  const standing = database.writer.prepare<StandingRow>(STANDING, 'tuples');
  return {
    read: (projection) =>
      database.read(() => ({
        now: Date.now(),
        rows: (projection === undefined ? all.all([]) : read.all([projection])).map(rowOf),
      })),
    within: (projection, work) =>
      database.write({
        decidesFirst: false,
        run: (context) =>
          work({
            now: context.now,
            rows: written.all([projection]).map(rowOf),
            put: (row) => keep(put, row, context),
            record: (action, subscription, actor) =>
              letters.record({ action, subscription, actor }, context.now),
            standing: (subscription) =>
              standingOf(standing.first([subscription, subscription, subscription])),
          }),
      }),
  };
}

function ofProjection(connection: Connection): Statement<Row> {
  return connection.prepare(`${SELECT} WHERE projection = ? ORDER BY number`, 'tuples');
}

function keep(put: Statement<never>, row: GenerationRow, context: JobContext): void {
  const { projection, number, fingerprint, state, begunAt, changedAt } = row;
  put.run([projection, number, fingerprint, state, begunAt, changedAt]);
  context.mark('deliveries');
}

function rowOf([projection, number, fingerprint, state, begunAt, changedAt]: Row): GenerationRow {
  return { projection, number, fingerprint, state, begunAt, changedAt };
}

function standingOf([low, heldKeys, deadLetters]: StandingRow = [null, 0, 0]): GenerationStanding {
  return { low: low ?? undefined, heldKeys, deadLetters };
}

const SELECT = 'SELECT projection, number, fingerprint, state, begun_at, changed_at FROM mortar_generations';
const STANDING = `SELECT (SELECT low FROM mortar_leases WHERE subscription = ? AND partition = 0),
  (SELECT count(*) FROM mortar_held_keys WHERE subscription = ?),
  (SELECT count(*) FROM mortar_dead_letters WHERE subscription = ? AND state IN ('dead', 'replaying'))`;
