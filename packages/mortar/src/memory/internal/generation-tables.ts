import {
  type GenerationRow,
  type GenerationStanding,
  type GenerationsWithin,
  type GenerationTables,
  INLINE_OWNER,
} from '../../read-models/index.js';
import { WriteGuard } from '../../unit-of-work/index.js';
import type { MemoryLog } from '../memory-log.js';
import { MemoryProjectionTransaction } from '../projection-transaction.js';
import { rowKey } from './delivery-tables.js';
import { record } from './letter-changes.js';

/** Which generations of projections there are, in memory. */
export function memoryGenerations(log: MemoryLog): GenerationTables {
  return {
    read: (projection) => log.exclusively(() => ({ now: log.clock.now(), rows: rowsOf(log, projection) })),
    readInlines: () =>
      log.exclusively(() => ({
        epoch: log.inlineEpoch,
        rows: rowsOf(log, undefined).filter(({ inlineTypes }) => inlineTypes !== undefined),
      })),
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
    // Nobody else runs meanwhile.
    stopAppends: () => undefined,
    entriesAfter: (position, types, limit) => {
      const wanted = new Set(types);
      return log.entries
        .slice(position)
        .filter(({ type }) => wanted.has(type))
        .slice(0, limit);
    },
    async fold(work) {
      const guard = new WriteGuard(log.writeTimeoutMs);
      await guard.run([work], new MemoryProjectionTransaction(log, guard));
    },
    toHead: (subscription, isInline) => toHead(log, subscription, isInline),
    changeEpoch: () =>
      log.changeInlineEpoch([...log.generations.values()].some((row) => row.inlineTypes !== undefined)),
  };
}

const NEVER = 8_640_000_000_000_000;

function toHead({ deliveries, head }: MemoryLog, subscription: string, isInline: boolean): void {
  const { leases, subscriptions, spentToken } = deliveries;
  const key = rowKey(subscription, 0);
  // An operator may have removed them meanwhile.
  if (!subscriptions.has(subscription))
    subscriptions.set(subscription, { partitions: 1, revision: 0, paused: undefined });
  leases.set(key, {
    subscription,
    partition: 0,
    token: (leases.get(key)?.token ?? spentToken) + 1,
    owner: isInline ? INLINE_OWNER : undefined,
    expiresAt: isInline ? NEVER : 0,
    low: head,
    ahead: [],
    unclean: 0,
  });
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
  const lease = deliveries.leases.get(rowKey(subscription, 0));
  return {
    low: lease?.low,
    isAhead: lease !== undefined && lease.ahead.length > 0,
    isPaused: deliveries.subscriptions.get(subscription)?.paused !== undefined,
    heldKeys: held.length,
    deadLetters: open.length,
  };
}
