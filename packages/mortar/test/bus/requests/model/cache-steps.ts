import fc from 'fast-check';

/** One thing that happens to a cached query and to the model of it. */
export type CacheStep =
  | {
      readonly kind: 'ask';
      readonly account: string;
      readonly tenant: string | undefined;
      readonly timeoutMs: number | undefined;
    }
  /** A handler that goes on ends: that of the picked run, among those that have not ended. */
  | { readonly kind: 'end'; readonly pick: number; readonly how: 'finish' | 'fail' }
  /** Of one account, by its tag; of all, by the query. */
  | { readonly kind: 'invalidate'; readonly account: string | undefined }
  /** An event that makes all invalid is accepted; its handler goes on. */
  | { readonly kind: 'publish' }
  /** The handlers of the events so far end. */
  | { readonly kind: 'handle' }
  | { readonly kind: 'wait'; readonly ms: number };

/** How the query under test is cached. */
export const CACHE = { ttlMs: 10, staleWhileRevalidateMs: 6, maxEntries: 3 } as const;

const ask: fc.Arbitrary<CacheStep> = fc.record({
  kind: fc.constant('ask' as const),
  account: fc.constantFrom('a', 'a', 'b'),
  tenant: fc.constantFrom(undefined, 'n'),
  timeoutMs: fc.constantFrom(undefined, undefined, 4),
});

const end: fc.Arbitrary<CacheStep> = fc.record({
  kind: fc.constant('end' as const),
  pick: fc.nat(4),
  how: fc.constantFrom('finish' as const, 'finish' as const, 'finish' as const, 'fail' as const),
});

const invalidate: fc.Arbitrary<CacheStep> = fc.record({
  kind: fc.constant('invalidate' as const),
  account: fc.constantFrom('a', 'b', undefined),
});

const event: fc.Arbitrary<CacheStep> = fc.record({
  kind: fc.constantFrom('publish' as const, 'handle' as const),
});

const wait: fc.Arbitrary<CacheStep> = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.constantFrom(1, 4, 10),
});

/** Any course of things. */
export const cacheCourses: fc.Arbitrary<readonly CacheStep[]> = fc.array(
  fc.oneof(
    { arbitrary: ask, weight: 7 },
    { arbitrary: end, weight: 4 },
    { arbitrary: invalidate, weight: 1 },
    { arbitrary: event, weight: 1 },
    { arbitrary: wait, weight: 2 },
  ),
  { maxLength: 20 },
);
