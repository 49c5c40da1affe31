import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plans } from './invariants/plan.js';
import { faultsOf } from './invariants/verdict.js';
import { World } from './invariants/world.js';

describe('a bus under a virtual clock', () => {
  test('8,000 runs: order per key, limits, one end for each delivery, every attempt counted', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const world = new World(plan);
        await world.run();
        await world.probe();
        expect(faultsOf(world)).toEqual([]);
      }),
      { numRuns: 8_000 },
    );
  });
});
