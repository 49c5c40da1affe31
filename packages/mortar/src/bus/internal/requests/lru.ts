import { alarmOf } from '../alarm.js';

/** What `lru-cache` and a Map have in common. */
interface Shelf<V> {
  readonly size: number;
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
  delete(key: string): boolean;
  clear(): void;
  entries(): Iterable<readonly [string, V]>;
}

/** Loads the library. */
type Load = () => Promise<Pick<typeof import('lru-cache'), 'LRUCache'>>;

/** Whether this process has been told that the library is not there. */
let isTold = false;

/**
 * Keeps so many values; the one that was read or written least recently goes first. The library is loaded with the first
 * value. Until it is there, values are kept by a Map, and the oldest goes first.
 */
export class Lru<V extends object> {
  readonly #max: number;
  readonly #load: Load;
  /** Until the library is there. */
  #early: Map<string, V> | undefined;
  /** Goes on from the oldest that has not been dropped: a new iterator would pass all that were, each time. */
  readonly #oldest: Iterator<string>;
  #shelf: Shelf<V>;
  #loading: Promise<void> | undefined = undefined;

  constructor(max: number, load: Load = () => import('lru-cache')) {
    this.#max = max;
    this.#load = load;
    const early = new Map<string, V>();
    this.#early = early;
    this.#shelf = early;
    this.#oldest = early.keys();
  }

  get size(): number {
    return this.#shelf.size;
  }

  /** Reading makes a value recent. */
  get(key: string): V | undefined {
    return this.#shelf.get(key);
  }

  set(key: string, value: V): void {
    this.#shelf.set(key, value);
    if (this.#early === undefined) return;
    if (this.#early.size > this.#max) this.#early.delete(this.#oldest.next().value);
    this.#loading ??= this.#moveFrom(this.#early);
  }

  delete(key: string): void {
    this.#shelf.delete(key);
  }

  clear(): void {
    this.#shelf.clear();
  }

  entries(): Iterable<readonly [string, V]> {
    return this.#shelf.entries();
  }

  /** Resolves when the library is loaded, if it has been asked for. */
  async loaded(): Promise<void> {
    await this.#loading;
  }

  async #moveFrom(early: Map<string, V>): Promise<void> {
    try {
      const { LRUCache } = await this.#load();
      // By size, since with `max` it would claim the room for all of them at once.
      const shelf = new LRUCache<string, V>({ maxSize: this.#max, sizeCalculation: () => 1 });
      for (const [key, value] of early) shelf.set(key, value);
      this.#shelf = shelf;
      this.#early = undefined;
    } catch (error) {
      tellOnce(error);
    }
  }
}

/** What is kept is bounded all the same, so this is no reason to fail; but whoever runs it should know. */
function tellOnce(error: unknown): void {
  if (isTold) return;
  isTold = true;
  alarmOf(undefined).warn(
    { error },
    'lru-cache could not be loaded: of what is kept, the oldest goes first, not the least recently used',
  );
}
