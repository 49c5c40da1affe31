import fc from 'fast-check';
import type { ProjectionOperations } from '../../../src/projections/index.js';

/** What an operator may ask for. */
export type Action = Exclude<keyof ProjectionOperations, 'status' | 'remove'>;

export type Step =
  /** So many events, one after the other, by turns of so many keys. */
  | { readonly kind: 'trickle'; readonly count: number; readonly everyMs: number; readonly keys: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'start'; readonly code: number }
  /** `steal`: all leases are over, though their holders go on. `look`: all are killed, and what they leave behind is read. */
  | { readonly kind: 'kill' | 'stop' | 'sleep' | 'wake' | 'steal' | 'look' }
  | { readonly kind: 'operate'; readonly action: Action; readonly who: number };

const happening = fc.constantFrom<Exclude<Step['kind'], 'trickle' | 'wait' | 'start' | 'operate'>>(
  ...(['kill', 'kill', 'kill', 'stop', 'sleep', 'wake', 'steal', 'look'] as const),
);

const action = fc.constantFrom<Action>(
  ...(['rebuild', 'rebuild', 'reset', 'cancel', 'resume', 'resume', 'pause', 'activate'] as const),
);

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('trickle' as const),
      count: fc.integer({ min: 1, max: 40 }),
      everyMs: fc.constantFrom(0, 1, 5, 20),
      keys: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat(30), fc.nat(300), fc.nat(3_000)),
    }),
  },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('start' as const), code: fc.constantFrom(1, 2) }) },
  { weight: 5, arbitrary: happening.map((kind) => ({ kind })) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('operate' as const), action, who: fc.nat(2) }) },
);

export const setting = fc.record({
  /** How long a call of the store takes at most, and how many of a hundred fail. */
  slowMs: fc.constantFrom(0, 3, 10, 50),
  failPercent: fc.constantFrom(0, 0, 1),
  /** How many of a hundred leases are over in the moment in which they were prolonged. */
  robPercent: fc.constantFrom(0, 20),
  /** How many entries of the log are read at once. */
  pageEvents: fc.constantFrom(1, 3, 10, 1_000),
  seed: fc.nat(),
});
export type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;
