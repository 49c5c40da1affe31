import { afterEach, beforeEach, expect, it } from 'vitest';
import { DetectionThreads } from '../../../dist/anomaly-detection/infrastructure/detection-threads.js';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import type { DetectorChoice } from '../../../src/anomaly-detection/domain/settings.js';
import { normal, table } from '../domain/tables.js';

const observations = table([...normal(500, 1), 20], [...normal(500, 2), 20]);
const never = new AbortController().signal;
let threads: DetectionThreads;

beforeEach(() => {
  threads = new DetectionThreads();
});

afterEach(() => threads[Symbol.asyncDispose]());

it.each(['z-score', 'isolation-forest', 'local-outlier-factor'] as const)(
  '%s answers from a thread what it answers here, but for the scores',
  async (detector) => {
    const { scores: _, ...wanted } = detect(observations, { detector });
    expect(await threads.run({ observations, choice: { detector } }, never)).toEqual(wanted);
  },
);

it('settings that are refused are refused with their code and issues', async () => {
  const choice: DetectorChoice = { detector: 'z-score', threshold: -1 };
  await expect(threads.run({ observations, choice }, never)).rejects.toMatchObject({
    code: 'MORTAR_OPTIONS_INVALID',
    issues: [{ path: 'threshold' }],
  });
});

it('what is given up ends its thread, and the next task has another', async () => {
  const rows = normal(30_000, 3);
  const large = table(...Array.from({ length: 12 }, () => rows));
  const controller = new AbortController();
  const choice: DetectorChoice = { detector: 'isolation-forest', trees: 2_000, sampleSize: 65_536 };
  const running = threads.run({ observations: large, choice }, controller.signal);
  const reason = new Error('given up');
  setImmediate(() => controller.abort(reason));
  await expect(running).rejects.toBe(reason);
  await expect(
    threads.run({ observations, choice: { detector: 'z-score' } }, controller.signal),
  ).rejects.toBe(reason);
  expect((await threads.run({ observations, choice: { detector: 'z-score' } }, never)).judged).toBe(501);
});

it('the event loop turns while a forest grows', async () => {
  const columns = Array.from({ length: 4 }, (_, seed) => normal(20_000, seed));
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  await threads.run({ observations: table(...columns), choice: { detector: 'isolation-forest' } }, never);
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(20);
});
