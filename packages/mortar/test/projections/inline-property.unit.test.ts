import fc from 'fast-check';
import { it } from 'vitest';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { type InlineStep, playInline } from '../../src/testing/conformance/projection-store/inline/random.js';

const by = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<InlineStep> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      by,
      account: fc.nat(2),
      amount: fc.integer({ min: -20, max: 20 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('demote', 'rebuild', 'reset', 'pause', 'resume', 'stop', 'kill'),
      by,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

it('whatever two processes of different code do, each reads a fold of the log by its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const log = new MemoryLog();
      const handles = await Promise.all([0, 1].map(() => memory({ log }).open({ logger: silentLogger })));
      const [first, second] = handles;
      if (first !== undefined && second !== undefined) await playInline([first, second], steps);
    }),
    { numRuns: 20, endOnFailure: true },
  );
}, 120_000);
