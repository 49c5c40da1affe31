import { type Priority, priorities } from '../../../src/contracts/index.js';

/**
 * For how many others the head of a lane waits at most: its limit, and one turn of each lane below it. What is critical
 * is never passed over, but each lane below may have its turn first.
 */
export const longestWait: Readonly<Record<Priority, number>> = {
  critical: 3,
  high: 10,
  normal: 17,
  low: 32,
};

/** What waits, as plain lists: counts for how many others each head of a lane waits. */
export class ReferenceLanes<T extends { readonly priority: Priority }> {
  readonly #lanes = new Map<Priority, T[]>(priorities.map((priority) => [priority, []]));
  readonly #waits = new Map<Priority, number>(priorities.map((priority) => [priority, 0]));
  readonly #slack: number;

  /** `slack`: how many others may be on their way already when an item comes. */
  constructor(slack = 0) {
    this.#slack = slack;
  }

  get size(): number {
    return priorities.reduce((sum, priority) => sum + this.#lane(priority).length, 0);
  }

  push(item: T): void {
    this.#lane(item.priority).push(item);
  }

  /** Takes out what was taken from the lanes in question; answers with what is wrong about that. */
  take(item: T): string | undefined {
    const lane = this.#lane(item.priority);
    if (lane[0] !== item) return `It was not the head of ${item.priority}.`;
    lane.shift();
    this.#waits.set(item.priority, 0);
    for (const priority of priorities) {
      if (priority === item.priority || this.#lane(priority).length === 0) continue;
      const wait = (this.#waits.get(priority) ?? 0) + 1;
      this.#waits.set(priority, wait);
      if (wait > longestWait[priority] + this.#slack)
        return `The head of ${priority} has waited for ${wait} others.`;
    }
    return undefined;
  }

  /** Takes out the newest of the lowest lane below a priority. */
  evictBelow(priority: Priority): T | undefined {
    const below = priorities.slice(priorities.indexOf(priority) + 1).reverse();
    const lowest = below.find((one) => this.#lane(one).length > 0);
    if (lowest === undefined) return undefined;
    const victim = this.#lane(lowest).pop();
    if (this.#lane(lowest).length === 0) this.#waits.set(lowest, 0);
    return victim;
  }

  #lane(priority: Priority): T[] {
    return this.#lanes.get(priority) ?? [];
  }
}
