import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lasting, Run, runJson } from './running.js';

const KILLS = 10;
/** Leases of a process that was killed are taken over after 6 seconds, so some of the moments lie behind that. */
const MOST_MS = 9_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-kills-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is killed at ten random moments and comes to what an undisturbed run comes to', async () => {
  const files = ['movies.json', 'flights-2k.json', 'seattle-weather.csv'].map((name) =>
    fileURLToPath(new URL(`../data/${name}`, import.meta.resolve('vega-datasets'))),
  );
  const moments: number[] = [];
  let kills = 0;
  while (kills < KILLS) {
    // One more file for each start, so that there is always something to disturb.
    files.push(writeReadings(moments.length));
    const moment = Math.round(200 + Math.random() * MOST_MS);
    moments.push(moment);
    const disturbed = new Run(folder, ['--folder', 'disturbed', ...files]);
    // The moment is the subject of the test; nothing is waited for.
    await Promise.race([delay(moment), disturbed.ended()]);
    disturbed.child.kill('SIGKILL');
    await disturbed.ended();
    if (disturbed.child.signalCode === 'SIGKILL') kills += 1;
  }
  const finished = await runJson(folder, '--folder', 'disturbed', ...files);
  const undisturbed = await runJson(folder, '--folder', 'undisturbed', ...files);
  expect(lasting(finished), `killed after ${moments.join(', ')} ms`).toEqual(lasting(undisturbed));
  expect(finished.events.deadLetters).toBe(0);
}, 300_000);

/** A table with something to find in it. */
function writeReadings(number: number): string {
  const file = join(folder, `readings-${number}.csv`);
  const rows = Array.from(
    { length: 500 },
    (_, row) => `${row},${row === 250 ? 9_999 : (row * (number + 7)) % 101}`,
  );
  writeFileSync(file, `row,reading\n${rows.join('\n')}\n`);
  return file;
}

it('runs twice at once over one database, and both wait for what the other one does', async () => {
  const files = Array.from({ length: 12 }, (_, number) => writeReadings(number));
  const runs = await Promise.all([runJson(folder, ...files), runJson(folder, ...files)]);
  for (const { datasets, events } of runs) {
    expect(datasets.map(({ quality, anomalies }) => [quality.status, anomalies?.check])).toEqual(
      files.map(() => ['released', 1]),
    );
    expect(events.published['data-quality.dataset-registered']).toBe(files.length);
    expect(events.published['anomaly-detection.analysis-completed']).toBe(files.length);
  }
}, 120_000);
