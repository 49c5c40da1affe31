import type { OpenStore, Store } from '../delivery/index.js';
import { MortarError } from '../errors/index.js';
import { StoredGenerations } from '../read-models/index.js';
import { MemoryDeliveryStore } from './delivery-store.js';
import { MemoryDocumentStore } from './document-store.js';
import { MemoryDurableDeadLetterStore } from './durable-dead-letter-store.js';
import { MemoryEventStore } from './event-store.js';
import { memoryGenerations } from './internal/generation-tables.js';
import { MemoryLog, type MemoryLogOptions } from './memory-log.js';
import { MemorySnapshotStore } from './snapshot-store.js';
import { MemoryUnitStore } from './unit-store.js';

/** How a store in memory is made. */
export interface MemoryStoreOptions extends MemoryLogOptions {
  /** A log to share with other stores, which are then handles on one database; one of its own unless said. */
  readonly log?: MemoryLog;
}

/**
 * A store in memory: everything that a durable store does, until it is closed. For tests, and for programs that may forget.
 * Opened again, it has forgotten everything, unless it was given a log.
 * @example
 * const app = createApp({ modules: [shop], store: memory() });
 */
export function memory({ log, ...options }: MemoryStoreOptions = {}): Store {
  return {
    kind: 'memory',
    open: async () => openStore(log ?? new MemoryLog(options), log === undefined),
    plan: async () => ({ current: 0, target: 0, pending: [] }),
  };
}

function openStore(log: MemoryLog, isOwn: boolean): OpenStore {
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    if (isOwn) await log.close();
  };
  return {
    kind: 'memory',
    events: new MemoryEventStore(log),
    units: new MemoryUnitStore(log),
    deliveries: new MemoryDeliveryStore(log),
    deadLetters: new MemoryDurableDeadLetterStore(log),
    snapshots: new MemorySnapshotStore(log),
    documents: new MemoryDocumentStore(log),
    projections: new StoredGenerations(memoryGenerations(log)),
    async check() {
      if (!isClosed) return;
      throw new MortarError('MORTAR_STORE_CLOSED', {
        rule: 'A store is used until it is closed.',
        expected: 'an open store',
        got: 'one that was closed',
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
