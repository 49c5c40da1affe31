import { beforeEach } from 'vitest';
import type { Clock } from '../../src/contracts/index.js';
import type { DeadLetterStore } from '../../src/delivery/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** Makes an empty store that takes its time from a clock. */
export type MakeStore = (clock: Clock) => DeadLetterStore | Promise<DeadLetterStore>;

/** The store of the running test, and its time. */
export interface Bench {
  store: DeadLetterStore;
  clock: VirtualClock;
}

/** A new store and a new clock for each test that follows. */
export function benchOf(makeStore: MakeStore): Bench {
  const bench = {} as Bench;
  beforeEach(async () => {
    bench.clock = new VirtualClock();
    bench.store = await makeStore(bench.clock);
  });
  return bench;
}
