import {
  MemoryDocumentStore,
  MemoryEventStore,
  MemoryLog,
  type MemoryLogOptions,
  type MemoryTable,
  MemoryTransaction,
  MemoryUnitStore,
} from '../../src/memory/index.js';
import type { Effects, UnitStoreSubject } from '../../src/testing/conformance/unit-store.js';
import type { Transaction } from '../../src/unit-of-work/index.js';

/** An empty log in memory, opened twice, as the conformance suites want it. */
export function memorySubject(options: MemoryLogOptions = {}): UnitStoreSubject {
  const log = new MemoryLog(options);
  const handle = () => ({
    events: new MemoryEventStore(log),
    units: new MemoryUnitStore(log),
    documents: new MemoryDocumentStore(log),
  });
  return {
    ...handle(),
    second: handle(),
    effects: memoryEffects(log),
    scheduled: async () => [...log.scheduled.values()],
    ...(options.writeTimeoutMs === undefined ? {} : { writeTimeoutMs: options.writeTimeoutMs }),
    dispose: () => log.close(),
  };
}

/** Effects in a table of a log in memory. */
function memoryEffects(log: MemoryLog): Effects {
  return {
    insert: (tx, key, value) => tableOf(tx).insert(key, value),
    // A function can't be copied.
    refused: (tx) => {
      if (!(tx instanceof MemoryTransaction)) throw new TypeError('the transaction is one in memory');
      return tx.table<unknown>('effects').set('refused', () => undefined);
    },
    get: (tx, key) => tableOf(tx).get(key),
    all: () =>
      log.exclusively(() => Object.fromEntries(log.table('effects').entries()) as Record<string, string>),
    constraint: 'effects.key',
  };
}

function tableOf(tx: Transaction): MemoryTable<string> {
  if (!(tx instanceof MemoryTransaction)) throw new TypeError('the transaction is one in memory');
  return tx.table('effects');
}
