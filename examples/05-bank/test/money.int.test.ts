import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ending, type Plan, plans, runBank } from './crashing-bank.js';
import { inFile, inMemory } from './places.js';

/** As many as are said to have been seen: MORTAR_MONEY_RUNS=10000. */
const RUNS = { memory: Number(process.env['MORTAR_MONEY_RUNS'] ?? 300), file: 25 };

describe('money is conserved after each commit, none is under way at the end, and the read model is a fold of the log, whatever dies in between', () => {
  afterEach(() => void vi.useRealTimers());

  it(`in memory, ${RUNS.memory} interleavings`, async () => {
    // Else apps that are never stopped would stay in the memory of this process, by the timers that they leave behind.
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] });
    const { crashes, underWay, behind } = await check(RUNS.memory, (plan) =>
      runBank(inMemory(), plan).finally(() => vi.clearAllTimers()),
    );
    expect(crashes).toBeGreaterThan(RUNS.memory / 2);
    expect(underWay).toBeGreaterThan(RUNS.memory / 50);
    expect(behind).toBeGreaterThan(RUNS.memory / 50);
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

/** Answers with how many processes have died, how many of them while money was under way, and how many read models were behind the log then. */
async function check(
  numRuns: number,
  run: (plan: Plan) => Promise<Ending>,
): Promise<{ readonly crashes: number; readonly underWay: number; readonly behind: number }> {
  let [crashes, underWay, behind] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { books, readModels, ...seen } = await run(plan);
      crashes += seen.crashes;
      underWay += seen.crashesUnderWay;
      behind += readModels.filter((one) => one.behind > 0 && Object.keys(one.kept).length > 0).length;
      for (const { kept, folded } of readModels) expect(kept).toEqual(folded);
      expect(books.faults).toEqual([]);
      expect([books.underWay, books.ended]).toEqual([0, plan.transfers.length]);
    }),
    // A standstill takes too long to be made smaller.
    { numRuns, endOnFailure: true },
  );
  return { crashes, underWay, behind };
}
