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
const HIGHEST_BIT = 31;
const LIMITS = priorities.map((priority) => passLimits[priority]);
const INDEX: Readonly<Record<Priority, number>> = { critical: 0, high: 1, normal: 2, low: 3 };

/** Four queues, one a priority. The highest goes first, and no lane starves. First in, first out within a lane. */
export class PriorityLanes<T> {
  readonly #lanes: readonly Fifo<T>[] = priorities.map(() => new Fifo<T>());
  readonly #passed: number[] = priorities.map(() => 0);
  #size = 0;
  /** A bit for each lane that has an item. */
  #filled = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T, priority: Priority): void {
    const lane = INDEX[priority];
    this.#lane(lane).push(item);
    this.#filled |= 1 << lane;
    this.#size += 1;
  }

  /** Takes the next item, or nothing if all lanes are empty. */
  take(): T | undefined {
    if (this.#size === 0) return undefined;
    const chosen = this.#choose();
    this.#size -= 1;
    this.#passed[chosen] = 0;
    const lane = this.#lane(chosen);
    const item = lane.shift();
    if (lane.size === 0) this.#filled &= ~(1 << chosen);
    return item;
  }

  /** Takes back the newest item of the lowest lane, if that lane is below the given priority. */
  evictBelow(priority: Priority): T | undefined {
    const lowest = HIGHEST_BIT - Math.clz32(this.#filled);
    if (lowest <= INDEX[priority]) return undefined;
    const lane = this.#lane(lowest);
    const item = lane.pop();
    this.#size -= 1;
    if (lane.size === 0) this.#filled &= ~(1 << lowest);
    return item;
  }

  /**
   * The lowest lane whose head has been passed over often enough, else the highest that has an item. Notes that the
   * lanes below it are passed over once more.
   */
  #choose(): number {
    const filled = this.#filled;
    const isOnlyOne = (filled & (filled - 1)) === 0;
    if (isOnlyOne) return HIGHEST_BIT - Math.clz32(filled);
    const highest = HIGHEST_BIT - Math.clz32(filled & -filled);
    const chosen = this.#lowestStarving(highest) ?? highest;
    for (let lane = chosen + 1; lane < LANES; lane += 1) {
      if ((filled & (1 << lane)) !== 0) this.#passed[lane] = (this.#passed[lane] as number) + 1;
    }
    return chosen;
  }

  #lowestStarving(highest: number): number | undefined {
    for (let lane = LANES - 1; lane > highest; lane -= 1) {
      const isFilled = (this.#filled & (1 << lane)) !== 0;
      if (isFilled && (this.#passed[lane] as number) >= (LIMITS[lane] as number)) return lane;
    }
    return undefined;
  }

  #lane(index: number): Fifo<T> {
    return this.#lanes[index] as Fifo<T>;
  }
}
