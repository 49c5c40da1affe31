import { BEGINNING, type Position } from '../../../event-store/index.js';

const COMPACT_AT = 1_024;

/** How far a partition has come. */
export interface Place {
  readonly low: Position;
  /** Ascending. */
  readonly ahead: readonly Position[];
}

/**
 * Which positions of a partition are accounted for. What a batch accounts for counts in `progress` at once, so that it can
 * be committed, and for good with `settle`; until then it may be taken back.
 */
export class Window {
  #read: Position;
  /** Positions that were opened and lie above `low`, ascending, from `#head` on. */
  #opened: Position[] = [];
  #head = 0;
  readonly #accounted = new Set<Position>();
  /** Accounted for before this window was made, and not read again yet. */
  readonly #known: Set<Position>;
  #settledLow: Position;

  constructor({ low, ahead }: Place) {
    this.#read = low;
    this.#settledLow = low;
    this.#known = new Set(ahead);
  }

  /** Everything up to here was looked at. */
  get read(): Position {
    return this.#read;
  }

  /** The `low` of what was settled last. */
  get settledLow(): Position {
    return this.#settledLow;
  }

  /** How many positions are open, or accounted for above `low`. */
  get size(): number {
    return this.#opened.length - this.#head;
  }

  /** The greatest position up to which everything was looked at, and accounted for by what is settled. */
  get low(): Position {
    return this.#lowAt(this.#head);
  }

  /**
   * Takes a position that was read, greater than all before. Answers whether it is to be delivered: not if it was
   * accounted for before this window was made.
   */
  open(position: Position): boolean {
    this.#read = position;
    const isNew = !this.#known.delete(position);
    const isFirst = this.size === 0;
    if (isNew || !isFirst) this.#opened.push(position);
    if (!isNew && !isFirst) this.#accounted.add(position);
    return isNew;
  }

  /** Notes that there is nothing more to be opened up to here. */
  readTo(position: Position): void {
    if (position > this.#read) this.#read = position;
    for (const known of this.#known) if (known <= this.#read) this.#known.delete(known);
  }

  account(position: Position): void {
    this.#accounted.add(position);
  }

  /** Takes back what was accounted for since the last `settle`. */
  takeBack(position: Position): void {
    this.#accounted.delete(position);
  }

  /** What a batch commits, with everything that is accounted for. */
  progress(): Place {
    let head = this.#head;
    while (this.#isAccountedAt(head)) head += 1;
    const low = this.#lowAt(head);
    const ahead = [...this.#known];
    for (const position of this.#accounted) if (position > low) ahead.push(position);
    return { low, ahead: ahead.sort((a, b) => a - b) };
  }

  /** Whether a position was opened and is not accounted for. */
  isOpen(position: Position): boolean {
    return !this.#accounted.has(position) && this.#opened.includes(position, this.#head);
  }

  /** What is accounted for is committed, with this `low`. */
  settle(low: Position): void {
    while (this.#isAccountedAt(this.#head)) {
      this.#accounted.delete(this.#opened[this.#head] ?? BEGINNING);
      this.#head += 1;
    }
    if (this.#head >= COMPACT_AT && this.#head * 2 > this.#opened.length) {
      this.#opened = this.#opened.slice(this.#head);
      this.#head = 0;
    }
    this.#settledLow = low;
  }

  #isAccountedAt(index: number): boolean {
    const position = this.#opened[index];
    return position !== undefined && this.#accounted.has(position);
  }

  #lowAt(index: number): Position {
    const first = this.#opened[index];
    return first === undefined ? this.#read : before(first);
  }
}

/** The place before a position. */
export function before(position: Position): Position {
  return (position - 1) as Position;
}
