import { hash } from 'node:crypto';
import { type Clock, decode, encode } from '../../contracts/index.js';
import type { KeptResult } from '../../unit-of-work/index.js';
import type { IdempotencyOptions } from '../bus-options.js';
import type { Units } from '../internal/units/unit-committer.js';
import type { IdempotencyKeys, KeyClaim, KeyOrigin } from '../requests/idempotency-keys.js';

const DEFAULT_TTL_MS = 86_400_000;
/**
 * A derived key outlives its delivery, however long that waits as a dead letter; it is removed when the delivery has
 * succeeded. Ten years, for those whose delivery never does.
 */
const DERIVED_TTL_MS = 315_360_000_000;

/**
 * Finds results in the store in which they were committed together with what their commands did. Two processes that run a
 * command with one key at once both run its handler, and one of them commits: `MORTAR_COMMAND_REPEATED` tells the other.
 */
export class StoredKeys implements IdempotencyKeys {
  readonly #store: Units;
  readonly #clock: Clock;
  readonly #ttlMs: Readonly<Record<KeyOrigin, number>>;

  constructor(store: Units, clock: Clock, { ttlMs = DEFAULT_TTL_MS }: IdempotencyOptions = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#ttlMs = { given: ttlMs, derived: DERIVED_TTL_MS };
  }

  async claim(key: string): Promise<KeyClaim> {
    const known = await this.#store.findResult(storedKeyOf(key));
    if (known === undefined) return { kind: 'free' };
    return { kind: 'kept', digest: known.digest, result: decode(known.result) };
  }

  /** What is committed together with the effects of a command: its result as it is then. */
  keptResult(key: string, digest: string, origin: KeyOrigin, result: () => unknown): KeptResult {
    return {
      key: storedKeyOf(key),
      digest,
      result: () => encode(result()),
      expiresAt: this.#clock.now() + this.#ttlMs[origin],
    };
  }

  /** It was kept with the commit. */
  keep(): void {}

  /** What is not committed leaves no trace. */
  forget(): void {}
}

/** Short, whatever the parts of the key are, since stores index it. */
export function storedKeyOf(key: string): string {
  return hash('sha256', key, 'base64url');
}
