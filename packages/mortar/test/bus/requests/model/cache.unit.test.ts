import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CacheStep, cacheCourses } from './cache-steps.js';
import { NaiveCache } from './naive-cache.js';
import { RealCache } from './real-cache.js';

/** One answer is kept from the start, so that what goes first is the least recently given, as it is from then on. */
const BEGINNING: readonly CacheStep[] = [
  { kind: 'ask', account: 'b', tenant: undefined, timeoutMs: undefined },
  { kind: 'end', pick: 0, how: 'finish' },
];

/** Answers with how many questions the cache answered. */
async function checkCourse(steps: readonly CacheStep[]): Promise<number> {
  const [naive, real] = [new NaiveCache(), new RealCache()];
  const take = async (step: CacheStep): Promise<void> => {
    naive.take(step);
    await real.take(step);
    compare(naive, real);
  };
  for (const step of [...BEGINNING, ...steps]) await take(step);
  while (naive.unended.length > 0) await take({ kind: 'end', pick: 0, how: 'finish' });
  expect(real.outdated).toEqual([]);
  expect(real.pending).toBe(0);
  expect(await real.stop()).toBe(true);
  return real.hits;
}

function compare(naive: NaiveCache, real: RealCache): void {
  expect({
    outcomes: real.callers.map(({ outcome }) => outcome),
    runs: real.calls.length,
    aborted: real.calls.filter(({ signal, isEnded }) => signal.aborted && !isEnded).length,
  }).toEqual({
    outcomes: naive.callers.map(({ outcome }) => outcome),
    runs: naive.runs.length,
    aborted: naive.runs.filter(({ state }) => state === 'abandoned').length,
  });
}

test('20,000 runs: who asks after an invalidation gets no answer found before it, and what is kept is given as long as it may be', async () => {
  await import('lru-cache');
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(cacheCourses, async (steps) => {
      hits += await checkCourse(steps);
    }),
    { numRuns: 20_000 },
  );
  // Where the cache never answers, nothing was tested.
  expect(hits).toBeGreaterThan(5_000);
}, 120_000);
