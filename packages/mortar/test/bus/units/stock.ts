import { strict as assert } from 'node:assert';
import { z } from 'zod';
import type { BusOptions } from '../../../src/bus/index.js';
import { createDurableBus, type DurableBus } from '../../../src/bus/units/durable-bus.js';
import { command, event, query } from '../../../src/contracts/index.js';
import type { LogEntry } from '../../../src/event-store/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import {
  MemoryEventStore,
  MemoryLog,
  MemorySnapshotStore,
  type MemoryTransaction,
  MemoryUnitStore,
} from '../../../src/memory/index.js';
import type { Unit, UnitOutcome, UnitStore } from '../../../src/unit-of-work/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export const Take = command('stock.take', {
  data: z.object({ item: z.string(), count: z.number().default(1) }),
  result: z.object({ left: z.number() }),
  failures: { 'sold-out': z.object({ item: z.string() }) },
});
export const Refill = command('stock.refill', { data: z.object({ item: z.string(), to: z.number() }) });
export const Taken = event('stock.taken', {
  data: z.object({ item: z.string(), count: z.number() }),
  key: ({ item }) => item,
  tags: ({ item }) => [`item:${item}`],
});
export const SoldOut = event('stock.sold-out', { data: z.object({ item: z.string() }) });
export const Left = query('stock.left', { data: z.object({ item: z.string() }), result: z.number() });

/** A store in memory, and what tests look at. */
export class Stock {
  readonly clock: VirtualClock = new VirtualClock();
  readonly log: MemoryLog = new MemoryLog({ clock: this.clock });
  readonly events: MemoryEventStore = new MemoryEventStore(this.log);
  readonly units: MemoryUnitStore = new MemoryUnitStore(this.log);

  /** A bus of one process over this store, with a store of units of its own, if given. */
  bus(options: BusOptions = {}, units: Pick<UnitStore, 'commit' | 'findResult'> = this.units): DurableBus {
    const store = {
      commit: units.commit.bind(units),
      findResult: units.findResult.bind(units),
      events: this.events,
      snapshots: new MemorySnapshotStore(this.log),
      readModels: { readFor: () => assert.fail('a bus alone has no projections') },
    };
    return createDurableBus({ logger: silentLogger, clock: this.clock, ...options }, store);
  }

  async entries(): Promise<readonly LogEntry[]> {
    return (await this.events.readAll()).entries;
  }

  /** Of each event, its type and its data as it is kept. */
  async told(): Promise<readonly string[]> {
    return (await this.entries()).map(({ type, payload }) => `${type} ${payload}`);
  }

  /** What is in the table of items. */
  left(item: string): unknown {
    return this.log.table('items').get(item);
  }
}

/** Takes something out of the table of items. */
export async function takeOut(tx: MemoryTransaction, item: string, count: number): Promise<number> {
  const items = tx.table<number>('items');
  const left = ((await items.get(item)) ?? 10) - count;
  await items.set(item, left);
  return left;
}

/** A store whose shared transactions fail once: each unit's writes run, are undone, and run again, as adapters do. */
export class RetryingUnits implements Pick<UnitStore, 'commit' | 'findResult'> {
  readonly #units: MemoryUnitStore;

  constructor(units: MemoryUnitStore) {
    this.#units = units;
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    const lost = (): never => {
      throw new Error('another member of the group has failed');
    };
    for (const unit of units) await this.#units.commit([{ ...unit, writes: [...unit.writes, lost] }]);
    return this.#units.commit(units);
  }

  findResult(key: string): ReturnType<MemoryUnitStore['findResult']> {
    return this.#units.findResult(key);
  }
}
