/** How to undo what a transaction in memory has changed. Outside of a transaction nothing is kept. */
export class Journal {
  readonly #undos: (() => void)[] = [];
  #isOpen = false;

  /** How much is kept, to come back to. */
  get mark(): number {
    return this.#undos.length;
  }

  open(): void {
    this.#isOpen = true;
  }

  /** Forgets what is kept: it stays as it is. */
  close(): void {
    this.#undos.length = 0;
    this.#isOpen = false;
  }

  record(undo: () => void): void {
    if (this.#isOpen) this.#undos.push(undo);
  }

  /** Undoes what came after a mark, the last change first. */
  undoTo(mark: number): void {
    while (this.#undos.length > mark) this.#undos.pop()?.();
  }
}

/** A map whose changes can be undone. The order of its entries is not kept by that. */
export class JournaledMap<Key, Value> {
  readonly #map = new Map<Key, Value>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get size(): number {
    return this.#map.size;
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  set(key: Key, value: Value): void {
    this.#recordUndo(key);
    this.#map.set(key, value);
  }

  delete(key: Key): boolean {
    this.#recordUndo(key);
    return this.#map.delete(key);
  }

  entries(): IterableIterator<[Key, Value]> {
    return this.#map.entries();
  }

  values(): IterableIterator<Value> {
    return this.#map.values();
  }

  #recordUndo(key: Key): void {
    if (this.#map.has(key)) {
      const former = this.#map.get(key) as Value;
      this.#journal.record(() => this.#map.set(key, former));
    } else this.#journal.record(() => this.#map.delete(key));
  }
}
