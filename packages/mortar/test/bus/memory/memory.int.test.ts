import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What a heap may differ by, at rest, without a leak. A leak of one byte an event would be nearly as much. */
const NOISE_BYTES = 750_000;

test('a million events, with all that opens and closes around them, leave the heap as it was', () => {
  const flow = fileURLToPath(new URL('./fixtures/flow.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', flow], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  const { grownBytes, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({
    handled: 1_000_000,
    kept: { failing: 1_000 },
    subscriptions: ['steady', 'failing'],
    report: { isDrained: true, givenUp: 0 },
  });
  expect(grownBytes).toBeLessThan(NOISE_BYTES);
});
