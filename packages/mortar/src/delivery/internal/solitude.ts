import type { Clock } from '../../contracts/index.js';
import type { KeyState } from './processor/delivery.js';

/** For how long the others wait; what runs for longer is slow, and has not killed the process yet. */
const ALONE_MS = 10_000;

/**
 * Lets one key at a time, of all subscriptions of a process, deliver what may have killed the process before. Beside it no
 * attempt of another key is recorded, so that nothing innocent is found on record if it kills again.
 */
export class Solitude {
  readonly #pulse: Clock;
  readonly #left: () => void;
  #key: KeyState | undefined = undefined;
  #since = 0;

  /** `left`: it is free again. */
  constructor(pulse: Clock, left: () => void) {
    this.#pulse = pulse;
    this.#left = left;
  }

  get isFree(): boolean {
    const isOver = this.#key?.partition.state === 'lost' || this.#pulse.now() - this.#since >= ALONE_MS;
    return this.#key === undefined || isOver;
  }

  has(key: KeyState): boolean {
    return this.#key === key;
  }

  take(key: KeyState): void {
    this.#key = key;
    this.#since = this.#pulse.now();
  }

  /** Nothing happens for a key that does not have it. */
  leave(key: KeyState): void {
    if (this.#key !== key) return;
    this.#key = undefined;
    this.#left();
  }
}
