import { MortarError } from 'mortar/errors';

/** What a connection is asked for: one or few statements, or a transaction in which functions of a user run. */
export type TurnKind = 'short' | 'long';

const KINDS: readonly TurnKind[] = ['short', 'long'];
/** So many connections at most are left to what is short, whatever else waits. */
const RESERVED = 2;
const MAX_WAITING = 100_000;

interface Waiting {
  readonly begin: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Who may have a connection, in the order in which they came. What is long never has all of them, and where both kinds wait
 * they take turns: so a burst of units waits for itself, while the log is read, leases are renewed and deliveries go on.
 */
export class Turns {
  readonly #free: Record<TurnKind, number>;
  readonly #waiting: Readonly<Record<TurnKind, Queue<Waiting>>> = { short: new Queue(), long: new Queue() };
  #last: TurnKind = 'long';

  constructor(connections: number) {
    this.#free = { short: connections, long: Math.max(1, connections - RESERVED) };
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.short.size + this.#waiting.long.size;
  }

  /** Resolves when it is one's turn, which lasts until `end`. @throws MortarError `MORTAR_QUEUE_FULL`, and what `refuseAll` is given */
  begin(kind: TurnKind): Promise<void> | undefined {
    if (this.#waiting[kind].size === 0 && this.#isFree(kind)) {
      this.#take(kind);
      return undefined;
    }
    if (this.waiting >= MAX_WAITING) throw full();
    return new Promise((begin, fail) => {
      this.#waiting[kind].push({ begin, fail });
    });
  }

  end(kind: TurnKind): void {
    this.#free.short += 1;
    if (kind === 'long') this.#free.long += 1;
    const other = KINDS.find((one) => one !== this.#last) ?? 'short';
    if (!this.#beginNext(other)) this.#beginNext(this.#last);
  }

  /** Ends the waiting of all who wait now. */
  refuseAll(error: unknown): void {
    for (const kind of KINDS)
      for (let size = this.#waiting[kind].size; size > 0; size -= 1) this.#waiting[kind].shift()?.fail(error);
  }

  #beginNext(kind: TurnKind): boolean {
    const next = this.#isFree(kind) ? this.#waiting[kind].shift() : undefined;
    if (next === undefined) return false;
    this.#take(kind);
    this.#last = kind;
    next.begin();
    return true;
  }

  /** Every turn counts among all, and a long one also among its own. */
  #take(kind: TurnKind): void {
    this.#free.short -= 1;
    if (kind === 'long') this.#free.long -= 1;
  }

  #isFree(kind: TurnKind): boolean {
    return this.#free.short > 0 && this.#free[kind] > 0;
  }
}

/** First in, first out. An array's own `shift` moves all the others, once there are very many. */
class Queue<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

function full(): MortarError {
  return new MortarError('MORTAR_QUEUE_FULL', {
    rule: 'What waits for a connection is bounded.',
    expected: `fewer than ${MAX_WAITING} that wait`,
    got: 'one more',
  });
}
