import { checkLogRange, type LogRange, streamId } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Connection, Database, type Statement } from '../src/internal/connection/database.js';
import { LogReader } from '../src/internal/reading/reading.js';
import { checkOptions } from '../src/options.js';
import { anEvent, appendOf } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

const SCHEMA = 'reading';
const EVENTS = 12_000;
const LIMIT = 100;

/** What a node of a plan has looked at. */
interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a log that the server has no statistics of', () => {
  let tests: TestDatabase;
  let database: Database;
  let reader: LogReader;
  beforeAll(async () => {
    tests = await makeDatabase();
    const store = await tests.open({ schema: SCHEMA });
    await tests.query(`ALTER TABLE ${SCHEMA}.events SET (autovacuum_enabled = off)`);
    for (let filled = 0; filled < EVENTS; filled += 1_000)
      await store.events.append([
        {
          streamId: streamId(`order-${filled % 2_000}`),
          events: Array.from({ length: 1_000 }, (_, index) => anEvent({ type: `shop.t${index % 2}` })),
        },
      ]);
    await store.events.append([appendOf()]);
    database = new Database(checkOptions({ url: tests.url, schema: SCHEMA }), silentLogger);
    reader = new LogReader(database);
    await reader.head();
  }, HOOK_MS);
  afterAll(async () => {
    await database?.close();
    await tests.drop();
  }, HOOK_MS);

  /** The greatest number of rows that a node of the plans of some reading has looked at. */
  const mostRows = async (read: () => Promise<unknown>): Promise<number> => {
    const statements: Statement[] = [];
    const use = database.use.bind(database);
    vi.spyOn(database, 'use').mockImplementation((work, kind) =>
      use((connection) => {
        const recording: Connection = {
          ...connection,
          rows: (statement) => {
            statements.push(statement);
            return connection.rows(statement);
          },
        };
        return work(recording);
      }, kind),
    );
    await read();
    vi.restoreAllMocks();
    return database.use(async (connection) => {
      let most = 0;
      for (const { text, values = [] } of statements) {
        if (!text.startsWith('SELECT position')) {
          await connection.rows({ text });
          continue;
        }
        const [row] = await connection.rows({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
        const [{ Plan }] = JSON.parse(row?.[0] ?? '') as readonly [{ Plan: PlanNode }];
        most = Math.max(most, rowsOf(Plan));
      }
      return most;
    });
  };

  const ranges: readonly (readonly [string, LogRange])[] = [
    ['forwards', { after: 1_000 as never, limit: LIMIT }],
    ['forwards up to somewhere', { after: 1_000 as never, to: 9_000 as never, limit: LIMIT }],
    ['backwards', { direction: 'backwards', limit: LIMIT }],
    ['of a type', { after: 1_000 as never, filter: { types: ['shop.t1'] }, limit: LIMIT }],
    ['of a type, backwards', { direction: 'backwards', filter: { types: ['shop.t1'] }, limit: LIMIT }],
    ['of some partitions', { filter: { partitions: { of: 2, among: [0, 1] } }, limit: LIMIT }],
    ['without archived streams', { after: 1_000 as never, withoutArchived: true, limit: LIMIT }],
  ];
  it.each(ranges)('is looked through for a page and not much beyond it: %s', async (_, range) => {
    const checked = checkLogRange(range);
    const { entries } = await reader.page(checked);
    expect(entries).toHaveLength(LIMIT);
    expect(await mostRows(() => reader.page(checked))).toBeLessThan(4 * LIMIT);
  });

  it('is read to its end, of a filter too, however far that lies beyond what is known', async () => {
    for (const filter of [{}, { types: ['shop.t1'] }]) {
      const fresh = new LogReader(database);
      const found: number[] = [];
      for (let after = 0, isEnd = false; !isEnd; ) {
        const page = await fresh.page(checkLogRange({ after: after as never, limit: 3_500, filter }));
        found.push(...page.entries.map(({ position }) => position));
        ({ isEnd } = page);
        after = page.next;
      }
      const rows = await tests.query(
        `SELECT position FROM ${SCHEMA}.events WHERE $1::text[] IS NULL OR type = ANY ($1) ORDER BY position`,
        ['types' in filter ? filter.types : null],
      );
      expect(found).toEqual(rows.map(({ position }) => Number(position)));
    }
  });
});

function rowsOf(node: PlanNode): number {
  const { 'Actual Rows': rows, 'Rows Removed by Filter': removed = 0, Plans = [] } = node;
  return Math.max(rows + removed, ...Plans.map(rowsOf));
}
