import type { Priority } from '../../../contracts/index.js';
import { Fifo } from './fifo.js';
import { PriorityLanes } from './lanes.js';

/** What waits: something with a priority, and perhaps a key. */
export interface Waiting {
  readonly key: string | undefined;
  readonly priority: Priority;
}

/**
 * Priority lanes that keep the order of each key: of one key, at most one item is in a lane or taken and not yet
 * released; the others stand in line behind it, whatever their priority.
 */
export class WaitingRoom<T extends Waiting> {
  readonly #ready = new PriorityLanes<T>();
  /** By occupied key: who stands in line behind the occupant; nobody yet where there is no line. */
  readonly #lines = new Map<string, Fifo<T> | undefined>();
  #inLine = 0;

  /** All that wait. */
  get size(): number {
    return this.#ready.size + this.#inLine;
  }

  /** Those that could be taken now. */
  get readySize(): number {
    return this.#ready.size;
  }

  /** Whether something of this key is waiting, or taken and not yet released. */
  isOccupied(key: string | undefined): boolean {
    return key !== undefined && this.#lines.has(key);
  }

  /** Marks a key as taken without anything having waited. It must be free. */
  occupy(key: string): void {
    this.#lines.set(key, undefined);
  }

  push(item: T): void {
    const { key } = item;
    if (key === undefined) {
      this.#ready.push(item, item.priority);
    } else if (this.#lines.has(key)) {
      this.#lineOf(key).push(item);
      this.#inLine += 1;
    } else {
      this.#lines.set(key, undefined);
      this.#ready.push(item, item.priority);
    }
  }

  /** Puts back an item that was taken and whose key it still occupies. */
  putBack(item: T): void {
    this.#ready.push(item, item.priority);
  }

  /** Takes the next item. Its key stays occupied until it is released. */
  take(): T | undefined {
    return this.#ready.take();
  }

  /** Frees a key: the next in its line becomes ready. */
  release(key: string | undefined): void {
    if (key === undefined) return;
    const line = this.#lines.get(key);
    const next = line?.shift();
    if (next === undefined) {
      this.#lines.delete(key);
    } else {
      this.#inLine -= 1;
      this.#ready.push(next, next.priority);
    }
  }

  /** Gives up the newest ready item of the lowest lane below a priority, if there is one. */
  evictBelow(priority: Priority): T | undefined {
    const item = this.#ready.evictBelow(priority);
    if (item !== undefined) this.release(item.key);
    return item;
  }

  /** Empties the room, each key in its order. Keys of what was taken before stay occupied. */
  clear(): T[] {
    const items: T[] = [];
    for (let item = this.take(); item !== undefined; item = this.take()) {
      items.push(item);
      this.release(item.key);
    }
    for (const line of this.#lines.values()) {
      for (let item = line?.shift(); item !== undefined; item = line?.shift()) items.push(item);
    }
    this.#inLine = 0;
    return items;
  }

  #lineOf(key: string): Fifo<T> {
    const line = this.#lines.get(key) ?? new Fifo<T>();
    this.#lines.set(key, line);
    return line;
  }
}
