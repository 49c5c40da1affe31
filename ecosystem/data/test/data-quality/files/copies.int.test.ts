import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../../dist/data-quality/contract/source.js';
import { Engine } from '../../../dist/data-quality/infrastructure/engine.js';
import { FileInspector } from '../../../dist/data-quality/infrastructure/file-inspector.js';

const { signal } = new AbortController();
const DAY = '2026-06-30';

let folder: string;
let engine: Engine;
let inspector: FileInspector;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-copies-'));
  engine = new Engine(join(folder, 'scratch'));
  inspector = new FileInspector(engine, join(folder, 'tables'));
});

afterEach(() => {
  engine[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function look(name: string, content: string): Promise<Source> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const source = await inspector.look(path, signal);
  if (typeof source === 'string') throw new TypeError(source);
  return source;
}

async function rowsOf(source: Source, by = inspector): Promise<number | string> {
  const outcome = await by.assess(source, [], DAY, signal);
  return outcome.kind === 'refused' ? outcome.reason : outcome.assessment.rows;
}

/** The copies that there are, of all files. */
function copies(): string[] {
  const tables = join(folder, 'tables');
  if (!existsSync(tables)) return [];
  return readdirSync(tables).flatMap((one) =>
    readdirSync(join(tables, one)).map((name) => join(tables, one, name)),
  );
}

describe('a copy', () => {
  it('is made once for one content', async () => {
    const source = await look('a.csv', 'a\n1\n2\n');
    expect(await rowsOf(source)).toBe(2);
    const [before] = copies().filter((name) => name.endsWith('.parquet'));
    const made = statSync(before ?? '').ino;
    expect(await rowsOf(source)).toBe(2);
    expect(copies()).toHaveLength(2);
    expect(statSync(before ?? '').ino).toBe(made);
  });

  it('is enough when the file is gone', async () => {
    const source = await look('a.csv', 'a\n1\n2\n');
    await rowsOf(source);
    rmSync(source.path);
    expect(await rowsOf(source)).toBe(2);
  });

  it.each([
    ['a.csv', 'a\n1\n'],
    ['a.json', '[{"a":1}]'],
    ['a.ndjson', '{"a":1}\n'],
  ])(
    'of %s waits for the file to come back, since nothing is wrong with what was in it',
    async (name, content) => {
      const source = await look(name, content);
      rmSync(source.path);
      await expect(rowsOf(source)).rejects.toThrow(/no such file|No files found/i);
      writeFileSync(source.path, content);
      expect(await rowsOf(source)).toBe(1);
    },
  );

  it('is kept for the last two contents of a file', async () => {
    for (const rows of [1, 2, 3, 4])
      expect(await rowsOf(await look('a.csv', `a\n${'1\n'.repeat(rows)}`))).toBe(rows);
    expect(copies().filter((name) => name.endsWith('.parquet'))).toHaveLength(2);
    expect(copies()).toHaveLength(4);
  });

  it('is made again where one that is not whole lies about', async () => {
    const source = await look('a.csv', 'a\n1\n2\n');
    await rowsOf(source);
    const [about] = copies().filter((name) => name.endsWith('.json'));
    for (const content of ['', '{"columns":', '{}']) {
      writeFileSync(about ?? '', content);
      expect(await rowsOf(source)).toBe(2);
    }
  });

  it('leaves nothing of a process that was killed for long', async () => {
    const source = await look('a.csv', 'a\n1\n');
    await rowsOf(source);
    const [copy = ''] = copies();
    const [old, young] = [`${copy}.1.tmp`, `${copy}.2.tmp`];
    for (const name of [old, young]) writeFileSync(name, 'half');
    utimesSync(old, 0, 0);
    await rowsOf(await look('a.csv', 'a\n1\n2\n'));
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it('is made by several at once without harm', async () => {
    const source = await look('a.csv', `a\n${'1\n'.repeat(5_000)}`);
    const other = new Engine(join(folder, 'scratch-2'));
    try {
      const inspectors = [inspector, new FileInspector(other, join(folder, 'tables'))];
      expect(await rowsOf(source)).toBe(5_000);
      expect(await Promise.all(inspectors.map((one) => rowsOf(source, one)))).toEqual([5_000, 5_000]);
    } finally {
      other[Symbol.dispose]();
    }
  });

  it('of one file is not that of another with the same contents', async () => {
    await rowsOf(await look('a.csv', 'a\n1\n'));
    await rowsOf(await look('b.csv', 'a\n1\n'));
    expect(copies().filter((name) => name.endsWith('.parquet'))).toHaveLength(2);
  });
});

/** Root may mount; elsewhere there is no disk to fill. */
function mount(path: string): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'mortar', path]).status === 0;
}

const probe = join(tmpdir(), `mortar-mount-${process.pid}`);
const canMount = process.platform === 'linux' && mount(probe);
if (canMount) spawnSync('umount', [probe]);
rmSync(probe, { recursive: true, force: true });

// Without the right to mount there is no small disk.
describe.skipIf(!canMount)('a disk that is full (takes the right to mount)', () => {
  it('fails the attempt and no more: nothing half made is left, and the next one succeeds', async () => {
    const tables = join(folder, 'tables');
    expect(mount(tables)).toBe(true);
    try {
      const rows = Array.from({ length: 100_000 }, (_, row) => `${row},${Math.imul(row, 2_654_435_761)}`);
      const large = await look('large.csv', `a,b\n${rows.join('\n')}\n`);
      await expect(inspector.assess(large, [], DAY, signal)).rejects.toThrow(/space|write|ENOSPC/i);
      expect(copies().filter((name) => !name.endsWith('.json'))).toEqual([]);
      expect(await rowsOf(await look('small.csv', 'a\n1\n'))).toBe(1);
    } finally {
      spawnSync('umount', [tables]);
    }
    const again = await look('large.csv', 'a,b\n1,2\n');
    expect(await rowsOf(again)).toBe(1);
  });
});
