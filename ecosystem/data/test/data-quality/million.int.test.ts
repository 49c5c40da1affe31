import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROFILE = fileURLToPath(new URL('./profile-once.mjs', import.meta.url));
const ROWS = 1_000_000;
/** Of all threads together, since how long that takes depends on what else the machine does. */
const MOST_CPU_S = 25;
/** What the engine may have, the runtime, and room. */
const MOST_MEMORY_MB = 600;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-million-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('profiles a million rows of ten columns in bounded time and memory', async () => {
  const file = join(folder, 'million.csv');
  await writeTable(file, ROWS);
  const told = await promisify(execFile)(process.execPath, [PROFILE, file, folder]);
  const { rows, columns, cpuS, memoryMb, distinct } = JSON.parse(told.stdout);
  expect([rows, columns, distinct]).toEqual([ROWS, 10, 997]);
  expect(cpuS).toBeLessThan(MOST_CPU_S);
  expect(memoryMb).toBeLessThan(MOST_MEMORY_MB);
});

async function writeTable(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('id,name,city,amount,price,day,flag,code,score,note\n');
  for (let start = 0; start < rows; start += 10_000) {
    const lines = Array.from({ length: 10_000 }, (_, place) => line(start + place));
    if (!out.write(lines.join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function line(row: number): string {
  const mixed = Math.imul(row + 1, 2_654_435_761) >>> 0;
  const note = row % 10 === 0 ? '' : `text ${mixed}`;
  const day = `2024-${String((row % 12) + 1).padStart(2, '0')}-${String((row % 28) + 1).padStart(2, '0')}`;
  return `${row},name${mixed % 500_000},city${row % 997},${mixed % 100_000},${mixed / 1e4},${day},${row % 3 > 0},A${row % 1_000},${mixed / 7e8},${note}\n`;
}
