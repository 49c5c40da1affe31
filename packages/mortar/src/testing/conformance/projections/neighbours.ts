import assert from 'node:assert/strict';
import type { LogEntry } from '../../../event-store/index.js';
import type { ProjectionRun } from '../../../projections/index.js';
import {
  balances,
  begun,
  foldAll,
  keptBy,
  log,
  move,
  type ProjectionCase,
  type ProjectionStores,
} from './subject.js';
import { rowsOf, sums } from './tables.js';

/** Two stores that lie beside each other, with the same projections of the same modules, know nothing of each other. */
export const neighboursCases: readonly ProjectionCase[] = [
  {
    name: 'each store has documents of its own',
    run: async ({ store, neighbour }) => {
      const other = await neighbour();
      const [here, there] = await Promise.all([begun(store, balances), begun(other, balances)]);
      const entries = await log(store, [move('a', 1), move('b', 2)]);
      const others = await log(other, [move('a', 40)]);
      await inOneGo(store, here, entries);
      await inOneGo(other, there, others);
      const kept = await keptBy(other, there);
      assert.deepEqual([Object.keys(await keptBy(store, here)), Object.keys(kept)], [['a', 'b'], ['a']]);
      await here.drop();
      assert.deepEqual(await keptBy(other, there), kept);
    },
  },
  {
    name: 'each store has tables of its own',
    needs: 'sql',
    run: async ({ store, second, neighbour }) => {
      const other = await neighbour();
      const [here, there] = await Promise.all([begun(store, sums), begun(other, sums), begun(second, sums)]);
      const entries = await log(store, [move('a', 1), move('b', 2)]);
      const others = await log(other, [move('a', 40), move('a', 2)]);
      await inOneGo(store, here, entries);
      await inOneGo(other, there, others);
      assert.deepEqual(await rowsOf(second, sums), [
        ['a', 1],
        ['b', 2],
      ]);
      assert.deepEqual(await rowsOf(other, sums), [['a', 42]]);
      await here.analyze();
      await here.drop();
      assert.deepEqual(await rowsOf(other, sums), [['a', 42]]);
      await assert.rejects(rowsOf(store, sums));
      await here.prepare();
      assert.deepEqual(await rowsOf(store, sums), []);
    },
  },
];

function inOneGo(store: ProjectionStores, run: ProjectionRun, entries: readonly LogEntry[]): Promise<void> {
  return foldAll(
    store,
    () => run,
    entries,
    () => entries.length,
  );
}
