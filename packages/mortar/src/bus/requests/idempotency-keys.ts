import type { Clock } from '../../contracts/index.js';
import type { KeptResult } from '../../unit-of-work/index.js';
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
 *
 * With a derived key comes the event whose handler dispatches: the same object at all attempts of a delivery, and another
 * one when the event comes again later, from a dead letter or another process.
 */
export interface IdempotencyKeys {
  /**
   * Claims a key before its command runs. Of several processes that claim it at once each may get `free`: where results are
   * committed with the effects of their commands, one of them commits. Whether the digest is the same is for the caller to see.
   */
  claim(key: string, digest: string, origin: KeyOrigin, event?: object): Awaitable<KeyClaim>;
  /**
   * Keeps the result of a command that has succeeded. Where the command's effects are committed, the result is committed
   * with them: both are there afterwards, or neither. Rejects if that is not sure.
   */
  keep(key: string, digest: string, result: unknown, origin: KeyOrigin, event?: object): Awaitable<void>;
  /**
   * What the store that commits the effects of a command is to keep with them, where it is the one that keeps results. Then
   * `keep` has nothing to do.
   */
  keptResult?(key: string, digest: string, origin: KeyOrigin, result: () => unknown): KeptResult;
  /** Gives a claimed key back, since its command has failed and nothing has happened. Does nothing for a key not claimed. */
  forget(key: string, origin: KeyOrigin): Awaitable<void>;
  /**
   * Hears that a handler of an event has failed which has dispatched something: the event may come again, perhaps as another
   * object. Where the handler succeeds, nothing is said, and the event's derived keys are of no more use.
   */
  attemptFailed?(event: object): void;
}

interface Kept {
  readonly digest: string;
  readonly result: unknown;
  readonly storedAt: number;
}

/** What is kept with an event while its handlers are called. */
interface Attempted {
  /** From then on, results go where a later replay finds them. */
  hasFailed: boolean;
  readonly kept: Map<string, Kept>;
}

const DEFAULT_MAX_KEYS = 100_000;
const DEFAULT_TTL_MS = 86_400_000;
/** How long after a failed attempt a replay finds what was dispatched before. */
const DERIVED_TTL_MS = 3_600_000;

/**
 * Keeps results in the memory of one process: bounded by number and age, and gone with the process. Derived keys have the
 * same bound of their own, so that none pushes a caller's key out; until an attempt fails they are kept with their event
 * alone, and go with it.
 */
export class MemoryIdempotencyKeys implements IdempotencyKeys {
  readonly #clock: Clock;
  readonly #ttlMs: Readonly<Record<KeyOrigin, number>>;
  readonly #kept: Readonly<Record<KeyOrigin, Lru<Kept>>>;
  readonly #attempted = new WeakMap<object, Attempted>();

  constructor(clock: Clock, { maxKeys = DEFAULT_MAX_KEYS, ttlMs = DEFAULT_TTL_MS }: IdempotencyOptions = {}) {
    this.#clock = clock;
    this.#ttlMs = { given: ttlMs, derived: Math.min(ttlMs, DERIVED_TTL_MS) };
    this.#kept = { given: new Lru(maxKeys), derived: new Lru(maxKeys) };
  }

  claim(key: string, _digest: string, origin: KeyOrigin, event?: object): KeyClaim {
    const early = event === undefined ? undefined : this.#attempted.get(event)?.kept;
    const kept = early?.get(key) ?? this.#kept[origin].get(key);
    if (kept === undefined) return { kind: 'free' };
    if (this.#isGood(kept, origin)) return { kind: 'kept', digest: kept.digest, result: kept.result };
    early?.delete(key);
    this.#kept[origin].delete(key);
    return { kind: 'free' };
  }

  keep(key: string, digest: string, result: unknown, origin: KeyOrigin, event?: object): void {
    const kept = { digest, result, storedAt: this.#clock.now() };
    const attempted = event === undefined ? undefined : this.#attemptedOf(event);
    if (attempted === undefined || attempted.hasFailed) this.#kept[origin].set(key, kept);
    else attempted.kept.set(key, kept);
  }

  /** A claim leaves no trace here: the request bus itself knows the keys under way. */
  forget(): void {}

  attemptFailed(event: object): void {
    const attempted = this.#attemptedOf(event);
    attempted.hasFailed = true;
    for (const [key, kept] of attempted.kept) this.#kept.derived.set(key, kept);
    attempted.kept.clear();
  }

  #attemptedOf(event: object): Attempted {
    const known = this.#attempted.get(event);
    if (known !== undefined) return known;
    const attempted = { hasFailed: false, kept: new Map<string, Kept>() };
    this.#attempted.set(event, attempted);
    return attempted;
  }

  /** A clock that was set back has kept it in the future: it counts no more, since nobody knows how old it is. */
  #isGood({ storedAt }: Kept, origin: KeyOrigin): boolean {
    const ageMs = this.#clock.now() - storedAt;
    return ageMs >= 0 && ageMs < this.#ttlMs[origin];
  }
}
