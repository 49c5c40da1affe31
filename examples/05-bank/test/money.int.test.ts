import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ending, type Plan, plans, runBank } from './crashing-bank.js';
import { inFile, inMemory } from './places.js';

const RUNS = { memory: 10_000, file: 25 };

describe('money is conserved after each commit, and none is under way at the end, whatever dies in between', () => {
  afterEach(() => void vi.useRealTimers());

  it(`in memory, ${RUNS.memory} interleavings`, async () => {
    // Else apps that are never stopped would stay in the memory of this process, by the timers that they leave behind.
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] });
    const { crashes, underWay } = await check(RUNS.memory, (plan) =>
      runBank(inMemory(), plan).finally(() => vi.clearAllTimers()),
    );
    expect(crashes).toBeGreaterThan(RUNS.memory / 2);
    expect(underWay).toBeGreaterThan(RUNS.memory / 50);
  }, 1_200_000);

  it(`in a file, ${RUNS.file} interleavings`, async () => {
    const { crashes } = await check(RUNS.file, async (plan) => {
      const place = await inFile();
      try {
        return await runBank(place, plan);
      } finally {
        await place.close();
      }
    });
    expect(crashes).toBeGreaterThan(RUNS.file / 5);
  });
});

/** Answers with how many processes have died, and how many of them while money was under way. */
async function check(
  numRuns: number,
  run: (plan: Plan) => Promise<Ending>,
): Promise<{ readonly crashes: number; readonly underWay: number }> {
  let [crashes, underWay] = [0, 0];
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { books, ...seen } = await run(plan);
      crashes += seen.crashes;
      underWay += seen.crashesUnderWay;
      expect(books.faults).toEqual([]);
      expect([books.underWay, books.ended]).toEqual([0, plan.transfers.length]);
    }),
    // A standstill takes too long to be made smaller.
    { numRuns, endOnFailure: true },
  );
  return { crashes, underWay };
}
