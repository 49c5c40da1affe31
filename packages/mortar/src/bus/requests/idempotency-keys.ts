import type { Clock } from '../../contracts/index.js';
import type { IdempotencyOptions } from '../bus-options.js';
import type { Awaitable } from '../handler.js';
import { Lru } from '../internal/requests/lru.js';

/** What is known of a key: nothing, or what was kept for it. */
export type KeyClaim =
  | { readonly kind: 'free' }
  | { readonly kind: 'kept'; readonly digest: string; readonly result: unknown };

/**
 * Who made a key: a caller, or the bus for a command that the handler of an event dispatches. The latter are as many as
 * there are such commands, and of use for as long as a delivery may come again.
 */
export type KeyOrigin = 'given' | 'derived';

/**
 * Keeps the results of commands for their idempotency keys. A key says command, tenant, actor and the caller's own key in
 * one text; the digest says the command's data. Several commands of one key are joined in this process by the request
 * bus, so a key is claimed here once until it is kept or forgotten.
 */
export interface IdempotencyKeys {
  /**
   * Claims a key before its command runs. Atomic: of several processes one gets `free`; the others wait until the key is kept
   * or forgotten, or the claim of a process that died is over. Whether the digest is the same is for the caller to see.
   */
  claim(key: string, digest: string, origin: KeyOrigin): Awaitable<KeyClaim>;
  /**
   * Keeps the result of a command that has succeeded. Where the command's effects are committed, the result is committed
   * with them: both are there afterwards, or neither. Rejects if that is not sure.
   */
  keep(key: string, digest: string, result: unknown, origin: KeyOrigin): Awaitable<void>;
  /** Gives a claimed key back, since its command has failed and nothing has happened. Does nothing for a key not claimed. */
  forget(key: string, origin: KeyOrigin): Awaitable<void>;
}

interface Kept {
  readonly digest: string;
  readonly result: unknown;
  readonly until: number;
}

const DEFAULT_MAX_KEYS = 100_000;
const DEFAULT_TTL_MS = 86_400_000;
/** Longer than a delivery is tried again. */
const DERIVED_TTL_MS = 3_600_000;

/**
 * Keeps results in the memory of one process: bounded by number and age, and gone with the process. Derived keys have the
 * same bound of their own, so that none pushes a caller's key out.
 */
export class MemoryIdempotencyKeys implements IdempotencyKeys {
  readonly #clock: Clock;
  readonly #ttlMs: Readonly<Record<KeyOrigin, number>>;
  readonly #kept: Readonly<Record<KeyOrigin, Lru<Kept>>>;

  constructor(clock: Clock, { maxKeys = DEFAULT_MAX_KEYS, ttlMs = DEFAULT_TTL_MS }: IdempotencyOptions = {}) {
    this.#clock = clock;
    this.#ttlMs = { given: ttlMs, derived: Math.min(ttlMs, DERIVED_TTL_MS) };
    this.#kept = { given: new Lru(maxKeys), derived: new Lru(maxKeys) };
  }

  claim(key: string, _digest: string, origin: KeyOrigin): KeyClaim {
    const kept = this.#kept[origin].get(key);
    if (kept === undefined) return { kind: 'free' };
    if (this.#clock.now() < kept.until) return { kind: 'kept', digest: kept.digest, result: kept.result };
    this.#kept[origin].delete(key);
    return { kind: 'free' };
  }

  keep(key: string, digest: string, result: unknown, origin: KeyOrigin): void {
    this.#kept[origin].set(key, { digest, result, until: this.#clock.now() + this.#ttlMs[origin] });
  }

  /** A claim leaves no trace here: the request bus itself knows the keys under way. */
  forget(): void {}
}
