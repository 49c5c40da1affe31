import type { Envelope } from '../../../contracts/index.js';

const MAX_DELIVERIES = 10_000;

/**
 * What handlers of the log have published and whoever called them is to commit. Whether that succeeds is not told; but where it
 * failed, the delivery is attempted again, and what it had published is withdrawn. The last 10,000 deliveries are known:
 * whatever is committed is not asked for again.
 */
export class Unconfirmed {
  /** By delivery. A map keeps the order of insertion, so its first is the oldest. */
  readonly #published = new Map<string, readonly Envelope[]>();

  add(delivery: string, envelopes: readonly Envelope[]): void {
    this.#published.set(delivery, envelopes);
    if (this.#published.size <= MAX_DELIVERIES) return;
    const [oldest] = this.#published.keys();
    if (oldest !== undefined) this.#published.delete(oldest);
  }

  /** What a delivery has published that is attempted again. */
  take(delivery: string): readonly Envelope[] | undefined {
    if (this.#published.size === 0) return undefined;
    const published = this.#published.get(delivery);
    this.#published.delete(delivery);
    return published;
  }
}
