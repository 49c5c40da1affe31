import fc from 'fast-check';
import { it } from 'vitest';
import { type Setting, type Step, setting, step } from './steps.js';
import { World } from './world.js';

/** A lease was over while the delivery adopted it from catching up: taken a second time, it had the events of a key in two orders. */
const robbed: [Setting, Step[]] = [
  { slowMs: 3, failPercent: 0, robPercent: 20, pageEvents: 1, seed: 5 },
  [
    { kind: 'start', code: 1 },
    { kind: 'trickle', count: 2, everyMs: 20, keys: 1 },
    { kind: 'trickle', count: 8, everyMs: 1, keys: 1 },
    { kind: 'kill' },
    { kind: 'kill' },
    { kind: 'trickle', count: 1, everyMs: 0, keys: 1 },
  ],
];

it('whatever happens to processes and to their leases, each generation is a fold of the log up to its checkpoint', async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { minLength: 4, maxLength: 40 }), async (chosen, steps) => {
      const world = await World.open(chosen);
      for (const next of steps) await world.take(next);
      await world.end();
    }),
    { numRuns: Number(process.env['MORTAR_MODEL_RUNS'] ?? 100), examples: [robbed] },
  );
}, 300_000);
