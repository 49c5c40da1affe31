/** How often both sides look: the event loop says that it turns, and the thread looks whether it has. */
const LOOKS_A_LIFE = 12;
/** A loop that has not turned for this part of a lease's life is blocked. */
const BLOCKED_AFTER = 1 / 4;
const RENEWALS_A_LIFE = 3;

/** How long to wait from one look to the next. */
export function lookEveryMs(ttlMs: number): number {
  return Math.max(1, Math.floor(ttlMs / LOOKS_A_LIFE));
}

/**
 * When a thread is to renew leases in place of an event loop. The loop renews every third of a lease's life; so no renewal
 * is older than two thirds of it when the next one begins, whenever the loop is blocked, and for however long.
 */
export class LeaseStandby {
  readonly #ttlMs: number;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** `turnedAt` is when the loop has last said that it turns, by the same clock as `now`. */
  isDue(now: number, turnedAt: number): boolean {
    const isBlocked = now - turnedAt >= this.#ttlMs * BLOCKED_AFTER;
    return isBlocked && now - this.#renewedAt >= this.#ttlMs / RENEWALS_A_LIFE;
  }

  /** A renewal that was begun then has succeeded. */
  renewed(at: number): void {
    this.#renewedAt = at;
  }
}
