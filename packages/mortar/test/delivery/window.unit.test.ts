import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Window } from '../../src/delivery/internal/processor/window.js';
import { type Position, position } from '../../src/event-store/index.js';

/** What a window must come to, with sets of positions and nothing clever. */
class NaiveWindow {
  low: number;
  read: number;
  readonly open = new Set<number>();
  readonly done: Set<number>;

  constructor(low: number, ahead: readonly number[]) {
    this.low = low;
    this.read = low;
    this.done = new Set(ahead);
  }

  /** The greatest position below the first that is open, and what is done above it. */
  place(done: ReadonlySet<number>): { readonly low: number; readonly ahead: readonly number[] } {
    const waiting = [...this.open].filter((one) => !done.has(one));
    const low = waiting.length === 0 ? this.read : Math.min(...waiting) - 1;
    return { low, ahead: [...done].filter((one) => one > low).sort((a, b) => a - b) };
  }
}

type Step =
  | { readonly kind: 'open'; readonly after: number }
  | { readonly kind: 'pass'; readonly by: number }
  | { readonly kind: 'account'; readonly which: readonly number[] }
  | { readonly kind: 'commit' | 'fail' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('open' as const), after: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), by: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('account' as const),
      which: fc.array(fc.nat(50), { maxLength: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom({ kind: 'commit' as const }, { kind: 'fail' as const }) },
);

/** Runs a window beside a naive one; what is accounted for counts for good once a batch is committed. */
class Walk {
  readonly #window: Window;
  readonly #naive: NaiveWindow;
  #tentative: number[] = [];

  constructor(low: number, ahead: readonly number[]) {
    this.#window = new Window({ low: position(low), ahead: ahead.map(position) });
    this.#naive = new NaiveWindow(low, ahead);
  }

  take(next: Step): void {
    if (next.kind === 'open') this.#open(this.#naive.read + next.after);
    else if (next.kind === 'pass') this.#pass(this.#naive.read + next.by);
    else if (next.kind === 'account') this.#account(next.which);
    else this.#end(next.kind === 'commit');
  }

  check(): void {
    const all = new Set([...this.#naive.done, ...this.#tentative]);
    expect(this.#window.progress()).toEqual(this.#naive.place(all));
    expect(this.#window.low).toBe(this.#naive.place(this.#naive.done).low);
    expect(this.#window.read).toBe(this.#naive.read);
    for (const one of this.#naive.open) expect(this.#window.isOpen(one as Position)).toBe(!all.has(one));
  }

  #open(at: number): void {
    this.#forget(at - 1);
    this.#naive.read = at;
    this.#naive.open.add(at);
    expect(this.#window.open(position(at))).toBe(!this.#naive.done.has(at));
    // What was passed by for good is known to be passed by when the reader says so.
    this.#window.readTo(position(at));
  }

  #pass(to: number): void {
    this.#forget(to);
    this.#naive.read = Math.max(this.#naive.read, to);
    this.#window.readTo(position(to));
  }

  /** Positions that were done before and are not found any more count no longer. */
  #forget(to: number): void {
    for (const done of this.#naive.done)
      if (done > this.#naive.read && done <= to && !this.#naive.open.has(done)) this.#naive.done.delete(done);
  }

  #account(which: readonly number[]): void {
    const waiting = [...this.#naive.open].filter(
      (one) => !this.#naive.done.has(one) && !this.#tentative.includes(one),
    );
    for (const place of which) {
      const [one] = waiting.splice(place % Math.max(1, waiting.length), 1);
      if (one === undefined) return;
      this.#tentative.push(one);
      this.#window.account(position(one));
    }
  }

  #end(isCommitted: boolean): void {
    const { low } = this.#window.progress();
    for (const one of this.#tentative) {
      if (isCommitted) this.#naive.done.add(one);
      else this.#window.takeBack(position(one));
    }
    this.#tentative = [];
    if (!isCommitted) return;
    this.#window.settle(low);
    for (const one of this.#naive.done) if (one <= low) this.#naive.open.delete(one);
    for (const one of this.#naive.done) if (one <= low) this.#naive.done.delete(one);
  }
}

describe('a window', () => {
  it('accounts for positions as a naive one does', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { maxLength: 8 }),
        fc.array(step, { maxLength: 60 }),
        (low, ahead, steps) => {
          const walk = new Walk(
            low,
            ahead.map((one) => low + one).sort((a, b) => a - b),
          );
          walk.check();
          for (const next of steps) {
            walk.take(next);
            walk.check();
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('keeps no more than what is open, however much goes through it', () => {
    const window = new Window({ low: position(0), ahead: [] });
    for (let at = 1; at <= 100_000; at += 1) {
      window.open(position(at));
      window.account(position(at));
      if (at % 100 === 0) window.settle(window.progress().low);
    }
    expect(window.size).toBe(0);
    expect(window.low).toBe(100_000);
  });
});
