import type { OpenStore } from '../../delivery/index.js';
import { messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import { type Generation, type GenerationName, subscriptionOf } from '../../read-models/index.js';
import type { FollowingProjection } from './generations.js';

/** What removal works with. */
export interface RemovalParts {
  readonly store: Pick<OpenStore, 'deliveries' | 'projections' | 'deadLetters'>;
  readonly owner: string;
  readonly retiredMs: number;
  readonly logger: Logger;
}

const LETTERS_AT_ONCE = 1_000;

/** Removes generations that are read by nobody any more: what they hold, their checkpoint, and last of all their name. */
export class Removal {
  readonly #parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  /** Never rejects. Those that this process works at are let be. */
  async tidy(
    followed: FollowingProjection,
    all: readonly Generation[],
    worked: ReadonlySet<string>,
  ): Promise<void> {
    const active = all.find(({ state }) => state === 'active');
    for (const one of all) {
      if (worked.has(subscriptionOf(one))) continue;
      try {
        if (this.#isOver(one, active) && !(await this.isInUse(one)))
          await this.#parts.store.projections.remove(one);
        else if (one.state !== 'removing') continue;
        await this.#drop(followed, one);
      } catch (error) {
        const { projection, number } = one;
        this.#parts.logger.warn(
          { projection, number, error: messageOf(error) },
          'A generation could not be removed',
        );
      }
    }
  }

  /** One whose building was cancelled is kept until another one has taken its place. */
  #isOver({ state, inStateMs, number }: Generation, active: Generation | undefined): boolean {
    if (inStateMs < this.#parts.retiredMs) return false;
    return state === 'retired' || (state === 'cancelled' && active !== undefined && active.number > number);
  }

  /**
   * Removes what was made for a generation that was gone already, by a process that had not heard of that yet, or that ended
   * before it could tell. `places` are names of subscriptions and collections, looked for before `all` were: so one that is not
   * among these is gone for good. Never rejects.
   */
  async sweep(
    followed: FollowingProjection,
    all: readonly Generation[],
    places: readonly string[],
  ): Promise<void> {
    const { name: projection } = followed;
    for (const number of numbersIn(projection, places)) {
      if (all.some((one) => one.number === number)) continue;
      try {
        await this.#drop(followed, { projection, number });
      } catch (error) {
        const what = { projection, number, error: messageOf(error) };
        this.#parts.logger.warn(what, 'What is left of a generation could not be removed');
      }
    }
  }

  /** Whether another process has announced itself for it. */
  async isInUse(one: Generation): Promise<boolean> {
    const { store, owner } = this.#parts;
    const [presence] = await store.deliveries.announce(owner, [subscriptionOf(one)], 0);
    if (presence?.owners.some((other) => other !== owner) === true) return true;
    // Who catches up has not announced itself yet.
    const [checkpoint] = await store.deliveries.checkpoints(subscriptionOf(one));
    return checkpoint?.isLeased === true && checkpoint.owner !== owner;
  }

  async #drop({ runOf }: FollowingProjection, one: GenerationName): Promise<void> {
    const { deliveries, projections } = this.#parts.store;
    const subscription = subscriptionOf(one);
    await runOf(one.number).drop();
    // What is left when this process ends is found by the checkpoint; who still delivers makes letters until that is gone.
    await this.#discardLetters(subscription);
    await deliveries.forget(subscription);
    await this.#discardLetters(subscription);
    await projections.removed(one);
  }

  /** Nobody can replay them any more. */
  async #discardLetters(subscription: string): Promise<void> {
    const { deadLetters } = this.#parts.store;
    for (const state of ['dead', 'replaying'] as const)
      for (;;) {
        const letters = await deadLetters.list({ subscription, state }, { limit: LETTERS_AT_ONCE });
        for (const { id } of letters)
          await deadLetters.change(id, state, 'discarded', { note: 'its generation was removed' });
        if (letters.length < LETTERS_AT_ONCE) break;
      }
  }
}

/** Of the generations of a projection among these names. */
function numbersIn(projection: string, places: readonly string[]): readonly number[] {
  const start = subscriptionOf({ projection, number: 0 }).slice(0, -1);
  const numbers = places.flatMap((place) => (place.startsWith(start) ? place.slice(start.length) : []));
  return numbers.filter((text) => /^[1-9]\d{0,14}$/.test(text)).map(Number);
}
