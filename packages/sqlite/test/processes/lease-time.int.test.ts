import { expect, it } from 'vitest';
import { aFile } from '../support/file.js';
import { start } from './child.js';

const LEASE_MS = 2_000;
/** Where the lease is the usual one of 6 s, renewed every 2 s, nobody takes over before. */
const USUAL_LEAST_MS = 4_000;

it('what a killed process delivered and folded is taken over within the time of its lease', async () => {
  const file = aFile();
  const first = start('till', [file, String(LEASE_MS)]);
  await first.said(1);
  expect(first.lines.map((line) => JSON.parse(line).sum)).toEqual([1]);
  first.process.kill('SIGKILL');
  await first.ended();
  const killedAt = performance.now();
  const second = start('till', [file, String(LEASE_MS)]);
  await second.said(1);
  expect(second.lines.map((line) => JSON.parse(line).sum)).toEqual([2]);
  expect(performance.now() - killedAt).toBeLessThan(USUAL_LEAST_MS);
});
