import fc from 'fast-check';
import type { Priority } from '../../../src/contracts/index.js';

/** What the handler does with an event. */
export interface Fate {
  /** How long a call takes. */
  readonly ms: number;
  /** How many calls say that something is out, and how many fail after that. */
  readonly outages: number;
  readonly failures: number;
  /** How often what it writes is refused. */
  readonly refusals: number;
  /** It always fails. */
  readonly isBad: boolean;
  /** Its process ends with the call. */
  readonly kills: boolean;
}

export interface Specimen extends Fate {
  readonly key: number;
  readonly priority: Priority;
}

export type Step =
  | { readonly kind: 'publish'; readonly specimens: readonly Specimen[] }
  /** So many events that nothing befalls, of many keys. */
  | { readonly kind: 'flood'; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'replay' | 'discard'; readonly letter: number }
  /** `outage`: what all handlers need is out, or is back. */
  | { readonly kind: 'start' | 'kill' | 'stop' | 'sleep' | 'wake' | 'steal' | 'outage' };

const rarely = (weight: number): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

/** Mostly none, and then some up to a limit. */
const few = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(max) });

const specimen: fc.Arbitrary<Specimen> = fc.record({
  key: fc.nat(4),
  priority: fc.constantFrom('critical', 'high', 'normal', 'low'),
  ms: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.nat(400) },
    // Longer than it takes until another process has its share of the partitions.
    { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 8_000 }) },
  ),
  outages: few(2),
  failures: few(3),
  refusals: few(2),
  isBad: rarely(9),
  kills: rarely(40),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      specimens: fc.array(specimen, { maxLength: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('flood' as const), count: fc.integer({ min: 50, max: 300 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat(60), fc.nat(9_000)),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      { kind: 'start' as const },
      { kind: 'start' as const },
      { kind: 'kill' as const },
      { kind: 'stop' as const },
      { kind: 'sleep' as const },
      { kind: 'wake' as const },
      { kind: 'steal' as const },
      { kind: 'outage' as const },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('replay' as const, 'replay' as const, 'discard' as const),
      letter: fc.nat(20),
    }),
  },
);

export const setting = fc.record({
  onDead: fc.constantFrom('hold' as const, 'continue' as const),
  partitions: fc.constantFrom(1, 3, 16),
  /** Whether the subscription has an order of its own, by which several keys go together. */
  hasOwnOrder: fc.boolean(),
  concurrency: fc.constantFrom(1, 2, 16),
  batch: fc.constantFrom(undefined, { size: 4, withinMs: 20 }, { size: 20, withinMs: 200 }),
  /** Events are so large that a page of the log holds few of them. */
  isLarge: rarely(3),
  /** How long a call of the store takes at most, how many of a hundred fail, and of which seed that is. */
  slowMs: fc.constantFrom(0, 10, 200, 1_500),
  failPercent: fc.constantFrom(0, 2, 20),
  seed: fc.nat(),
});
export type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;
