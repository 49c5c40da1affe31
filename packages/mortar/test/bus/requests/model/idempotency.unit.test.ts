import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NaiveBus } from './naive-bus.js';
import { RealBus } from './real-bus.js';
import { courses, type Step } from './steps.js';

/** One result is kept from the start, so that what goes first is the least recently used, as it is from then on. */
const BEGINNING: readonly Step[] = [
  { kind: 'dispatch', key: 'k', tenant: undefined, input: 0, timeoutMs: undefined, isHasty: false },
  { kind: 'end', pick: 0, how: 'finish' },
];

async function checkCourse(steps: readonly Step[]): Promise<void> {
  const [naive, real] = [new NaiveBus(), new RealBus()];
  const course = [...BEGINNING, ...steps];
  for (const [place, step] of course.entries()) {
    const isHasty = step.kind === 'dispatch' && step.isHasty && course[place + 1]?.kind === 'dispatch';
    naive.take(step);
    await real.take(step, isHasty);
    if (!isHasty) compare(naive, real);
  }
  while (naive.unended.length > 0) {
    naive.take({ kind: 'end', pick: 0, how: 'finish' });
    await real.take({ kind: 'end', pick: 0, how: 'finish' });
  }
  compare(naive, real);
  expect(real.twice).toEqual([]);
  expect(real.leftovers).toBe(0);
  expect(await real.stop()).toBe(true);
}

function compare(naive: NaiveBus, real: RealBus): void {
  const [expected, found] = [naive, real].map(({ callers, sent, abandoned }) => ({
    outcomes: callers.map(({ outcome }) => outcome),
    sent,
    abandoned,
  }));
  expect({ ...found, runs: real.calls.length }).toEqual({ ...expected, runs: naive.runs.length });
}

test('20,000 runs: each command runs once for its key, tenant and data, is tried again when it failed, and is never mixed up', async () => {
  await import('lru-cache');
  await fc.assert(fc.asyncProperty(courses, checkCourse), { numRuns: 20_000 });
}, 120_000);
