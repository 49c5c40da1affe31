import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeadLetterState, DeadLetterStore } from '../../src/delivery/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { deadDelivery, rejectionOf } from './letters.js';
import type { MakeStore } from './store-bench.js';

/** One step of a sequence; letters are named by the place of their event. */
type Step =
  | { readonly kind: 'add'; readonly place: number }
  | {
      readonly kind: 'change';
      readonly place: number;
      readonly from: DeadLetterState;
      readonly to: DeadLetterState;
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'purge'; readonly ageMs: number; readonly states: readonly DeadLetterState[] };

/** What a model knows of a letter. */
interface Expected {
  state: DeadLetterState;
  attempts: number;
  replays: number;
  changedAt: number;
}

const states: readonly DeadLetterState[] = ['dead', 'replaying', 'replayed', 'discarded'];
const place = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), place }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      place,
      from: fc.constantFrom(...states),
      to: fc.constantFrom(...states),
    }),
  },
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100 }) }),
  fc.record({
    kind: fc.constant('purge' as const),
    ageMs: fc.integer({ min: 0, max: 100 }),
    states: fc.subarray([...states]),
  }),
);

/** Does a step to a store and to a model of it. */
class Walk {
  readonly #store: DeadLetterStore;
  readonly #clock: VirtualClock;
  readonly #dead = Array.from({ length: 4 }, () => deadDelivery());
  readonly #ids = new Map<number, string>();
  readonly #expected = new Map<number, Expected>();

  constructor(store: DeadLetterStore, clock: VirtualClock) {
    this.#store = store;
    this.#clock = clock;
  }

  async take(next: Step): Promise<void> {
    if (next.kind === 'wait') await this.#clock.advance(next.ms);
    else if (next.kind === 'add') await this.#add(next.place);
    else if (next.kind === 'change') await this.#change(next);
    else await this.#purge(this.#clock.now() - next.ageMs, next.states);
  }

  /** Every letter is in the one state that the model says, and in no list but that state's. */
  async check(): Promise<void> {
    const { byState } = await this.#store.statistics();
    for (const state of states) {
      const wanted = [...this.#expected].filter(([, expected]) => expected.state === state);
      expect(byState[state]).toBe(wanted.length);
      const listed = await this.#store.list({ state });
      expect(listed.map(({ id }) => id)).toEqual(wanted.map(([at]) => this.#ids.get(at) ?? '').sort());
    }
    for (const [at, { state, attempts, replays }] of this.#expected)
      expect(await this.#store.get(this.#ids.get(at) ?? '')).toMatchObject({ state, attempts, replays });
  }

  async #add(at: number): Promise<void> {
    const present = this.#expected.get(at);
    this.#ids.set(at, await this.#store.add(this.#dead[at] ?? deadDelivery()));
    this.#expected.set(at, {
      state: 'dead',
      attempts: (present?.attempts ?? 0) + (present?.state === 'dead' ? 0 : 3),
      replays: (present?.replays ?? 0) + (present?.state === 'replaying' ? 1 : 0),
      changedAt: this.#clock.now(),
    });
  }

  async #change({ place: at, from, to }: Step & { kind: 'change' }): Promise<void> {
    const present = this.#expected.get(at);
    const change = this.#store.change(this.#ids.get(at) ?? 'none', from, to);
    if (present?.state !== from) {
      const code = present === undefined ? 'MORTAR_DEAD_LETTER_MISSING' : 'MORTAR_DEAD_LETTER_STATE';
      expect((await rejectionOf(change)).code).toBe(code);
      return;
    }
    const letter = await change;
    expect(letter.state).toBe(to);
    present.state = to;
    present.changedAt = letter.endedAt ?? letter.lastDeadAt;
  }

  async #purge(before: number, chosen: readonly DeadLetterState[]): Promise<void> {
    const gone = [...this.#expected].filter(
      ([, { state, changedAt }]) => chosen.includes(state) && changedAt < before,
    );
    expect(await this.#store.purge(before, chosen)).toBe(gone.length);
    for (const [at] of gone) this.#expected.delete(at);
  }
}

/** A store beside a model of it, through whatever may come. */
export function sequenceCases(makeStore: MakeStore): void {
  it('leaves each event and subscription in exactly one state, with its attempts and replays counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new VirtualClock();
        const walk = new Walk(await makeStore(clock), clock);
        for (const next of steps) {
          await walk.take(next);
          await walk.check();
        }
      }),
      { numRuns: 200 },
    );
  });
}
