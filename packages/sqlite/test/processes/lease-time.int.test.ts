import { sqlite } from '@mortar/sqlite';
import { silentLogger } from 'mortar/logging';
import { expect, it } from 'vitest';
import { aFile } from '../support/file.js';
import { start } from './child.js';

/** The usual one is of 6 s, renewed every 2 s. */
const LEASE_MS = 2_000;

it('what a killed process delivered and folded is taken over when the time of its lease is over', async () => {
  const file = aFile();
  const first = start('till', [file, String(LEASE_MS)]);
  await first.said(1);
  expect(first.lines.map((line) => JSON.parse(line).sum)).toEqual([1]);
  first.process.kill('SIGKILL');
  await first.ended();
  const store = await sqlite(file).open({ logger: silentLogger });
  const left = await store.deliveries.checkpoints();
  await store.close();
  expect(left.length).toBeGreaterThan(1);
  for (const { leasedForMs } of left) expect(leasedForMs).toBeLessThanOrEqual(LEASE_MS);
  const second = start('till', [file, String(LEASE_MS)]);
  await second.said(1);
  expect(second.lines.map((line) => JSON.parse(line).sum)).toEqual([2]);
});
