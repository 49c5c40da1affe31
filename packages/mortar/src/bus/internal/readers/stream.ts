import type { DataOf, Envelope, EventContract } from '../../../contracts/index.js';
import { checkKeys, checkWholeNumber } from '../../../errors/index.js';
import type { BusCore } from '../bus-core.js';
import { Fifo } from '../queues/fifo.js';
import { register } from '../routing/register.js';

/** How much a stream holds for its reader. */
export interface StreamOptions {
  /** 1,000 unless said. Beyond it, the deliveries of more wait until the reader has caught up. */
  readonly maxBuffered?: number;
}

const DEFAULT_MAX_BUFFERED = 1_000;

/** An event that waits for the reader, and the delivery that is held back until it is read. */
interface Buffered<T> {
  readonly envelope: T;
  readonly release: (() => void) | undefined;
}

export function openStream<C extends EventContract>(
  core: BusCore,
  contract: C,
  options: StreamOptions,
): AsyncIterableIterator<Envelope<DataOf<C>, C['name']>> {
  checkKeys('stream', options, ['maxBuffered']);
  const { maxBuffered = DEFAULT_MAX_BUFFERED } = options;
  checkWholeNumber('maxBuffered', maxBuffered, 1, 1_000_000);
  const stream = new EventStream<Envelope<DataOf<C>, C['name']>>(maxBuffered);
  // One at a time: while the reader is behind, the others wait in the subscription's queue, which has a bound.
  const subscription = register(core, contract, [
    { concurrency: 1 },
    ({ envelope }: { envelope: Envelope<DataOf<C>, C['name']> }) => stream.accept(envelope),
  ]);
  const stopWatching = core.onClose(() => stream.end());
  stream.onEnd(() => {
    stopWatching();
    subscription[Symbol.dispose]();
  });
  return stream;
}

/** A buffer between the deliveries of a subscription and one reader. */
class EventStream<T> implements AsyncIterableIterator<T> {
  readonly #buffer = new Fifo<Buffered<T>>();
  readonly #readers = new Fifo<(result: IteratorResult<T>) => void>();
  readonly #maxBuffered: number;
  #isEnded = false;
  /** The reader has left: what comes is for no one. */
  #isLeft = false;
  #cleanUp: () => void = () => undefined;

  constructor(maxBuffered: number) {
    this.#maxBuffered = maxBuffered;
  }

  /** Takes an event. The delivery has ended when there is room for it. */
  accept(envelope: T): Promise<void> | undefined {
    if (this.#isLeft) return undefined;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ value: envelope, done: false });
      return undefined;
    }
    if (this.#isEnded || this.#buffer.size < this.#maxBuffered) {
      this.#buffer.push({ envelope, release: undefined });
      return undefined;
    }
    return new Promise((release) => this.#buffer.push({ envelope, release }));
  }

  /** No more will come. What is buffered can still be read. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cleanUp();
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      reader({ value: undefined, done: true });
    }
  }

  onEnd(cleanUp: () => void): void {
    this.#cleanUp = cleanUp;
  }

  next(): Promise<IteratorResult<T>> {
    const buffered = this.#buffer.shift();
    if (buffered !== undefined) {
      buffered.release?.();
      return Promise.resolve({ value: buffered.envelope, done: false });
    }
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<T>> {
    this.#isLeft = true;
    for (let left = this.#buffer.shift(); left !== undefined; left = this.#buffer.shift()) left.release?.();
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }
}
