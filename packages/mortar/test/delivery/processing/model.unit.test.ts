import fc from 'fast-check';
import { it } from 'vitest';
import { setting, step } from '../model/steps.js';
import { World } from '../model/world.js';
import { Bench } from './bench.js';

it('whatever happens to processes and to their store, every event is done or dead once, in the order of its key', async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { minLength: 3, maxLength: 20 }), async (chosen, steps) => {
      const bench = await Bench.open();
      const world = new World(bench, chosen);
      for (const next of steps) await world.take(next);
      await world.end();
      await bench.log.close();
    }),
    { numRuns: Number(process.env['MORTAR_MODEL_RUNS'] ?? 60) },
  );
}, 300_000);
