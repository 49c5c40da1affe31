import type { DeliveryAttempt, DurableSubscription, OpenStore } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import type { EncodedEvent } from '../../../src/event-store/index.js';
import { anEvent, type Bench, type Handler, subscription } from '../processing/bench.js';
import { mortal, type Weather } from '../processing/mortal-store.js';

/** What is waited for until it is opened. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** A store that has done what it was asked, and is late to say so. */
export interface LateStore {
  readonly store: OpenStore;
  /** The next answer that is meant is late. */
  delay(): void;
  /** Whether one is. */
  readonly isLate: boolean;
  answer(): void;
}

export async function lateStore(
  bench: Bench,
  isMeant: (method: string, parameters: readonly unknown[]) => boolean,
  after: NonNullable<Weather['after']> = () => undefined,
): Promise<LateStore> {
  const { passed, open } = gate();
  let [isDelayed, isLate] = [false, false];
  const { store } = mortal(await bench.handle(), {
    after: async (method, parameters) => {
      await after(method, parameters);
      if (!isDelayed || !isMeant(method, parameters)) return;
      [isDelayed, isLate] = [false, true];
      await passed;
      isLate = false;
    },
  });
  return {
    store,
    delay: () => {
      isDelayed = true;
    },
    get isLate() {
      return isLate;
    },
    answer: open,
  };
}

/** An event that says something. */
export function said(data: unknown, key = 'k', parts: Partial<EncodedEvent> = {}): EncodedEvent {
  return anEvent({ key, payload: JSON.stringify(data), ...parts });
}

export const dataOf = (several: readonly DeliveryAttempt[]): readonly unknown[] =>
  several.map(({ event }) => event.data);

/** A subscription with one partition, of which one call runs at a time. */
export function single(handler: Handler, parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(handler, { partitions: 1, concurrency: 1, ...parts });
}

/** Waits for so many dead letters, and lets one of them be replayed. */
export async function replay(bench: Bench, count = 1, place = 0): Promise<void> {
  await bench.until(async () => (await bench.letters()).length === count, `${count} letters`);
  const id = (await bench.letters())[place]?.id ?? '';
  await bench.store.deadLetters.change(id, 'dead', 'replaying');
}

const TEXT = { rule: 'R.', expected: 'e', got: 'g' };
export const outage = (): MortarError => new MortarError('MORTAR_CIRCUIT_OPEN', TEXT);
export const unknownCommit = (): MortarError => new MortarError('MORTAR_COMMIT_UNKNOWN', TEXT);
