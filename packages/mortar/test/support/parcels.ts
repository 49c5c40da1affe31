import { z } from 'zod';
import { createEnvelope, type Envelope, type EnvelopeOptions, event } from '../../src/contracts/index.js';
import type { DeadLetter } from '../../src/delivery/index.js';
import { MortarError } from '../../src/errors/index.js';
import type { MemoryDeadLetterStore } from '../../src/memory/index.js';

/** Without a key. */
export const Posted = event('post.parcel-posted', { data: z.object({ no: z.number() }) });
/** In order for each belt. */
export const Sorted = event('post.parcel-sorted', {
  data: z.object({ no: z.number(), belt: z.string() }),
  key: ({ belt }) => belt,
});
export const Lost = event('post.parcel-lost', { data: z.object({ no: z.number(), reason: z.string() }) });
/** Of another module. */
export const LetterSent = event('mail.letter-sent', { data: z.object({ no: z.number() }) });

/** What the desk needs to see of an event. */
interface Numbered {
  readonly data: { readonly no: number };
}

/** A promise that a test settles. */
export class Latch {
  readonly opened: Promise<void>;
  open: () => void = () => undefined;
  break: (error: unknown) => void = () => undefined;

  constructor() {
    this.opened = new Promise<void>((resolve, reject) => {
      this.open = resolve;
      this.break = reject;
    });
  }
}

/** Where a handler's events, known by their number, go on until the test lets each end. */
export class Desk {
  readonly started: number[] = [];
  readonly ended: number[] = [];
  readonly #latches = new Map<number, Latch>();
  /** How many run at once, and how many ever did. */
  running = 0;
  mostRunning = 0;

  readonly handle = async ({ data: { no } }: Numbered): Promise<void> => {
    this.started.push(no);
    this.running += 1;
    this.mostRunning = Math.max(this.running, this.mostRunning);
    try {
      await this.#latch(no).opened;
      this.ended.push(no);
    } finally {
      this.running -= 1;
      this.#latches.delete(no);
    }
  };

  /** Those that run. */
  get held(): readonly number[] {
    return [...this.#latches.keys()];
  }

  finish(...numbers: readonly number[]): void {
    for (const no of numbers) this.#latch(no).open();
  }

  fail(no: number, error: unknown = new Error(`parcel ${no} broke`)): void {
    this.#latch(no).break(error);
  }

  #latch(no: number): Latch {
    const latch = this.#latches.get(no) ?? new Latch();
    this.#latches.set(no, latch);
    return latch;
  }
}

/** Numbers from 1 to the given one. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

export function posted(no: number, options?: EnvelopeOptions): Envelope<{ no: number }> {
  return createEnvelope(Posted, { no }, options);
}

/** The number in an event's data. */
export function numberOf(envelope: Envelope): number {
  return (envelope.data as { readonly no: number }).no;
}

/** The error that a promise is rejected with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Expected a rejection.');
}

/** The code of the MortarError that a promise is rejected with. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<string> {
  const error = await errorOf(promise);
  if (error instanceof MortarError) return error.code;
  throw error;
}

/** Tells whether a promise is settled by now. */
export function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; isSettled: boolean } {
  const watch = { promise, isSettled: false };
  const settled = (): void => {
    watch.isSettled = true;
  };
  promise.then(settled, settled);
  return watch;
}

/** The letters of a store, as `no subscription reason attempts`, sorted. */
export async function lettersOf(store: MemoryDeadLetterStore): Promise<readonly string[]> {
  return (await store.list({}, { limit: 10_000 })).map(lineOf).sort();
}

function lineOf({ envelope, subscription, reason, attempts }: DeadLetter): string {
  return `${numberOf(envelope)} ${subscription} ${reason} ${attempts}`;
}

/** What `await` takes for a promise. */
export function thenable(then: (...settle: ((value: unknown) => void)[]) => unknown): PromiseLike<never> {
  return Object.fromEntries([['then', then]]) as unknown as PromiseLike<never>;
}

/** Counts promises that were rejected and that no one handled, until it is disposed of. */
export class FloatingRejections implements Disposable {
  readonly reasons: unknown[] = [];
  readonly #listener = (reason: unknown): void => {
    this.reasons.push(reason);
  };

  constructor() {
    process.on('unhandledRejection', this.#listener);
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#listener);
  }
}
