import type { SubscriptionInfo } from '../delivery-store.js';

/**
 * What a process knows of a subscription in the store. The store is asked by several at once, and may answer late: what was
 * asked before something else that is known says nothing.
 */
export class Standing {
  #revision: number;
  #isPaused: boolean;
  #asks = 0;
  /** Which of the asks was answered last. */
  #heard = 0;
  #isPausing = false;

  constructor({ revision, paused }: SubscriptionInfo) {
    this.#revision = revision;
    this.#isPaused = paused !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The store is about to be asked. Its answer is for what this returns, which answers whether something has changed. */
  asking(): (info: SubscriptionInfo) => boolean {
    this.#asks += 1;
    const ask = this.#asks;
    return ({ revision, paused }) => {
      if (this.#isPausing || ask < this.#heard) return false;
      this.#heard = ask;
      this.#isPaused = paused !== undefined;
      const hasChanged = revision !== this.#revision;
      this.#revision = revision;
      return hasChanged;
    };
  }

  /** It is paused from now on, whatever was asked before the store knew of it. */
  async pauseBy(pause: () => Promise<void>): Promise<void> {
    this.#isPaused = true;
    this.#isPausing = true;
    try {
      await pause();
    } finally {
      this.#isPausing = false;
      this.#heard = this.#asks + 1;
    }
  }
}
