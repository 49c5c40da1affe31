import fc from 'fast-check';

/** One thing that happens to the bus and to the model of it. */
export type Step =
  | {
      readonly kind: 'dispatch';
      readonly key: string | undefined;
      readonly tenant: string | undefined;
      readonly input: number;
      readonly timeoutMs: number | undefined;
      /** A dispatch that follows comes before anything else has had its turn. */
      readonly isHasty: boolean;
    }
  /** A handler that goes on ends: that of the picked run, among those that have not ended. */
  | { readonly kind: 'end'; readonly pick: number; readonly how: Ending }
  /** A caller that waits gives up. */
  | { readonly kind: 'abort'; readonly pick: number }
  | { readonly kind: 'wait'; readonly ms: number };

/** How a handler ends. */
export type Ending = 'finish' | 'fail' | 'refuse';

/** What the bus under test keeps. */
export const KEPT = { maxKeys: 2, ttlMs: 20 } as const;

const dispatch: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('dispatch' as const),
  key: fc.constantFrom('k', 'k', 'l', 'm', undefined),
  tenant: fc.constantFrom(undefined, 'n', 's'),
  input: fc.constantFrom(0, 0, 0, 1),
  timeoutMs: fc.constantFrom(undefined, undefined, 3, 9),
  isHasty: fc.boolean(),
});

const end: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('end' as const),
  pick: fc.nat(5),
  how: fc.constantFrom<Ending>('finish', 'finish', 'finish', 'fail', 'refuse'),
});

const abort: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('abort' as const), pick: fc.nat(5) });

const wait: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.constantFrom(1, 3, 8, 20),
});

/** Any course of things. */
export const courses: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { arbitrary: dispatch, weight: 5 },
    { arbitrary: end, weight: 4 },
    { arbitrary: abort, weight: 1 },
    { arbitrary: wait, weight: 1 },
  ),
  { maxLength: 16 },
);
