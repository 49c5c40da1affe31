import type {
  GenerationRow,
  GenerationStanding,
  GenerationsWithin,
  GenerationTables,
} from '../../read-models/index.js';
import type { MemoryLog } from '../memory-log.js';
import { rowKey } from './delivery-tables.js';
import { record } from './letter-changes.js';

/** Which generations of projections there are, in memory. */
export function memoryGenerations(log: MemoryLog): GenerationTables {
  return {
    read: (projection) => log.exclusively(() => ({ now: log.clock.now(), rows: rowsOf(log, projection) })),
    within: (projection, work) => log.atomically(() => work(withinOf(log, projection))),
  };
}

function withinOf(log: MemoryLog, projection: string): GenerationsWithin {
  return {
    now: log.clock.now(),
    rows: rowsOf(log, projection),
    put(row) {
      log.generations.set(rowKey(row.projection, row.number), row);
      log.deliveries.watchers.notify();
    },
    record: (action, subscription, actor) => record(log, { action, subscription, actor }),
    standing: (subscription) => standingOf(log, subscription),
  };
}

function rowsOf(log: MemoryLog, projection: string | undefined): readonly GenerationRow[] {
  return [...log.generations.values()]
    .filter((row) => projection === undefined || row.projection === projection)
    .sort((a, b) =>
      a.projection === b.projection ? a.number - b.number : a.projection < b.projection ? -1 : 1,
    );
}

function standingOf({ deliveries }: MemoryLog, subscription: string): GenerationStanding {
  const held = [...deliveries.held.values()].filter((row) => row.subscription === subscription);
  const open = [...deliveries.letters.values()].filter(
    (letter) =>
      letter.subscription === subscription && (letter.state === 'dead' || letter.state === 'replaying'),
  );
  return {
    low: deliveries.leases.get(rowKey(subscription, 0))?.low,
    heldKeys: held.length,
    deadLetters: open.length,
  };
}
