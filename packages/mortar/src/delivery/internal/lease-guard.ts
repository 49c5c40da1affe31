import { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import type { LeaseName } from '../delivery-store.js';
import type { LeaseRenewalPlace } from '../lease-renewal.js';
import {
  type FromLeaseThread,
  LeaseBoard,
  type LeaseThreadStart,
  type ToLeaseThread,
  threadsNow,
} from './lease-board.js';
import { lookEveryMs } from './lease-standby.js';

/** What a guard works with. */
export interface LeaseGuardParts {
  readonly place: LeaseRenewalPlace;
  readonly owner: string;
  readonly ttlMs: number;
  readonly logger: Logger;
}

/** How the event loop has fared. */
export interface LoopReport {
  /** The longest time in which it has not turned. */
  readonly blockedMs: number;
  /** How often the thread has renewed meanwhile. */
  readonly renewals: number;
}

/** Where the thread's program is; from TypeScript source there is none that a thread could run. */
const PROGRAM: URL | undefined = import.meta.url.endsWith('.js')
  ? new URL('./lease-thread.js', import.meta.url)
  : undefined;

/** How long a thread that was told to end may take. */
const END_MS = 1_000;

/**
 * Keeps the leases of a process while its event loop is blocked: tells a thread, over and over, that the loop turns, and
 * the thread renews in its place when it has not heard of it for too long. Neither keeps the process alive.
 */
export class LeaseGuard {
  readonly #parts: LeaseGuardParts;
  readonly #board = new LeaseBoard();
  readonly #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined = undefined;
  #longestMs = 0;
  #isWorking: boolean;

  /** Nothing that goes wrong with the thread is thrown: it is logged once, and the loop renews on its own. */
  constructor(parts: LeaseGuardParts) {
    this.#parts = parts;
    this.#board.turn();
    this.#worker = this.#startThread();
    this.#isWorking = this.#worker !== undefined;
    if (!this.#isWorking) return;
    this.#timer = setInterval(() => this.#turn(), lookEveryMs(parts.ttlMs)).unref();
  }

  /** The leases to keep from now on. */
  keep(leases: readonly LeaseName[]): void {
    const names = leases.map(({ subscription, partition, token }) => ({ subscription, partition, token }));
    this.#tell({ kind: 'keep', leases: names });
  }

  /** Since it was asked last. Nothing where there is no thread. */
  report(): LoopReport | undefined {
    if (!this.#isWorking) return undefined;
    this.#turn();
    const blockedMs = this.#longestMs;
    this.#longestMs = 0;
    return { blockedMs, renewals: this.#board.takeRenewals() };
  }

  /** Resolves when the thread has ended. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#tell({ kind: 'end' });
    const timer = setTimeout(() => void this.#worker?.terminate(), END_MS);
    // What waits here must not be left by the end of the process.
    this.#worker?.ref();
    await this.#exited;
    clearTimeout(timer);
  }

  #startThread(): Worker | undefined {
    if (PROGRAM === undefined) return undefined;
    const { place, owner, ttlMs } = this.#parts;
    const start: LeaseThreadStart = { ...place, shared: this.#board.shared, owner, ttlMs };
    try {
      // Options of the process, such as a loader or a program given as text, are not meant for the thread.
      const worker = new Worker(PROGRAM, { workerData: start, execArgv: [], name: 'mortar-leases' });
      this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
      worker.on('error', (error) => this.#complain(error));
      worker.on('message', ({ reason }: FromLeaseThread) => this.#tellFailure(reason));
      // After the listeners: to listen for messages makes the process wait for them.
      worker.unref();
      return worker;
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  #tell(message: ToLeaseThread): void {
    this.#worker?.postMessage(message);
  }

  #turn(): void {
    this.#longestMs = Math.max(this.#longestMs, threadsNow() - this.#board.turnedAt);
    this.#board.turn();
  }

  #complain(error: unknown): void {
    clearInterval(this.#timer);
    this.#isWorking = false;
    this.#parts.logger.warn(
      { owner: this.#parts.owner, error: reasonOf(error) },
      'The thread that keeps leases has ended: they are lost when the event loop is blocked for longer than they last',
    );
  }

  #tellFailure(reason: string): void {
    this.#parts.logger.warn(
      { owner: this.#parts.owner, error: reason },
      'The event loop was blocked, and the thread that keeps leases could not renew them',
    );
  }
}

/** The platform quotes what it can't hand over, which may be a secret. */
function reasonOf(error: unknown): string {
  const isOfSettings = error instanceof DOMException && error.name === 'DataCloneError';
  return isOfSettings ? 'the settings of the store can not be handed to a thread' : messageOf(error);
}
