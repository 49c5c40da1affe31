import { type Priority, priorities } from '../../../contracts/index.js';
import { Fifo } from './fifo.js';

/**
 * How often the head of a lane may be passed over by higher lanes before it goes first.
 * So the head of `low` waits for at most 32 others, that of `normal` for at most 17, that of `high` for at most 10:
 * the limit, and one turn of each lane below it.
 */
export const passLimits: Readonly<Record<Priority, number>> = {
  critical: Number.POSITIVE_INFINITY,
  high: 8,
  normal: 16,
  low: 32,
};

const LANES = priorities.length;
const LIMITS = priorities.map((priority) => passLimits[priority]);
const INDEX: Readonly<Record<Priority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** Four queues, one a priority. The highest goes first, and no lane starves. First in, first out within a lane. */
export class PriorityLanes<T> {
  readonly #lanes: readonly Fifo<T>[] = priorities.map(() => new Fifo<T>());
  readonly #passed: number[] = priorities.map(() => 0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T, priority: Priority): void {
    this.#lane(INDEX[priority]).push(item);
    this.#size += 1;
  }

  /** Takes the next item, or nothing if all lanes are empty. */
  take(): T | undefined {
    if (this.#size === 0) return undefined;
    const chosen = this.#choose();
    this.#size -= 1;
    this.#passed[chosen] = 0;
    for (let lane = chosen + 1; lane < LANES; lane += 1) {
      if (this.#lane(lane).size > 0) this.#passed[lane] = (this.#passed[lane] as number) + 1;
    }
    return this.#lane(chosen).shift();
  }

  /** Takes back the newest item of the lowest lane, if that lane is below the given priority. */
  evictBelow(priority: Priority): T | undefined {
    for (let lane = LANES - 1; lane > INDEX[priority]; lane -= 1) {
      if (this.#lane(lane).size === 0) continue;
      this.#size -= 1;
      return this.#lane(lane).pop();
    }
    return undefined;
  }

  /** The lowest lane whose head has been passed over often enough, else the highest that has an item. */
  #choose(): number {
    let highest = 0;
    while (this.#lane(highest).size === 0) highest += 1;
    for (let lane = LANES - 1; lane > highest; lane -= 1) {
      const isStarving = (this.#passed[lane] as number) >= (LIMITS[lane] as number);
      if (isStarving && this.#lane(lane).size > 0) return lane;
    }
    return highest;
  }

  #lane(index: number): Fifo<T> {
    return this.#lanes[index] as Fifo<T>;
  }
}
