import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Overview } from '../../dist/start/overview.js';
import { lasting, run, runJson } from './running.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-result-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A table with something to find in it. */
function readings(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => `${row},${row === 250 ? 9_999 : (row * 7) % 101}`);
  return `id,reading\n${lines.join('\n')}\n`;
}

const assessment = z.strictObject({
  ...{ rows: z.int(), columns: z.array(z.looseObject({ name: z.string() })), overall: z.number() },
  findings: z.array(z.looseObject({ dimension: z.string(), broken: z.int(), score: z.number() })),
  ...{ scores: z.record(z.string(), z.number()), notes: z.array(z.string()) },
});

/** What `--json` promises to programs. */
const shape = z.strictObject({
  datasets: z.array(
    z.strictObject({
      ...{ datasetId: z.string(), title: z.string(), path: z.string() },
      outcome: z.enum(['new', 'changed', 'unchanged']),
      quality: z.strictObject({
        ...{ datasetId: z.string(), check: z.int(), status: z.string(), reasons: z.array(z.string()) },
        source: z.looseObject({ path: z.string(), fingerprint: z.string() }),
        assessment: assessment.nullable(),
      }),
      anomalies: z
        .looseObject({ check: z.int(), total: z.int(), anomalies: z.array(z.unknown()) })
        .optional(),
      givenUp: z.string().optional(),
    }),
  ),
  unreadable: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  alerts: z.array(
    z.strictObject({
      ...{ alertId: z.string(), datasetId: z.string(), severity: z.string() },
      ...{ anomalies: z.int(), message: z.string() },
    }),
  ),
  events: z.strictObject({
    published: z.record(z.string(), z.int().min(1)),
    ...{ publishedInThisRun: z.int(), handledInThisRun: z.int(), deadLetters: z.int() },
  }),
  ...{ tookMs: z.number().min(0), rowsInThisRun: z.int(), database: z.string(), report: z.string() },
});

describe('--json', () => {
  it('prints one object of the shape that is promised, and nothing else', async () => {
    write('a.csv', readings(60));
    const { code, out, err } = await run(folder, '--json', 'a.csv', 'nowhere.csv');
    expect([code, err]).toEqual([1, '']);
    const overview = shape.parse(JSON.parse(out));
    expect(overview.datasets.map(({ path }) => path)).toEqual([join(folder, 'a.csv')]);
    expect(overview.unreadable).toEqual([
      { path: join(folder, 'nowhere.csv'), reason: 'There is no such file.' },
    ]);
    expect(overview.rowsInThisRun).toBe(60);
    expect(overview.events.published).toMatchObject({
      ...{ 'data-quality.dataset-registered': 1, 'data-quality.quality-assessed': 1 },
      ...{ 'data-quality.quality-check-completed': 1, 'anomaly-detection.analysis-completed': 1 },
    });
    expect(overview.events.handledInThisRun).toBeGreaterThanOrEqual(3);
    expect(statSync(overview.database).isFile()).toBe(true);
    expect(statSync(overview.report).isFile()).toBe(true);
  });

  it('tells of what stands out, with its row and its value', async () => {
    write('a.csv', readings(500));
    const [dataset] = (await runJson(folder, 'a.csv')).datasets;
    expect(dataset?.anomalies?.anomalies[0]).toMatchObject({ row: 250, severity: expect.any(String) });
    expect(dataset?.anomalies?.anomalies[0]?.columns).toContain('reading');
    expect(dataset?.anomalies?.anomalies[0]?.values).toContain(9_999);
  });
});

describe('files that are given', () => {
  it('come to the same in any order, together or one by one', async () => {
    const names = ['a.csv', 'b.ndjson', 'c.tsv'];
    write('a.csv', readings(50));
    write(
      'b.ndjson',
      Array.from({ length: 40 }, (_, row) => JSON.stringify({ x: row, y: row % 3 })).join('\n'),
    );
    write('c.tsv', 'n\tday\n1\t2024-01-01\n2\t2024-01-02\n');
    const together = await runJson(folder, '--folder', 'together', ...names);
    for (const name of names.toReversed()) await runJson(folder, '--folder', 'apart', name);
    const apart = await runJson(folder, '--folder', 'apart', ...names);
    expect(lasting(apart)).toEqual(lasting(together));
    expect(apart.events.publishedInThisRun).toBe(0);
  });

  it('are checked once where they are named twice', async () => {
    const path = write('a.csv', 'a\n1\n2\n');
    const { datasets, events } = await runJson(folder, 'a.csv', path, './a.csv');
    expect(datasets).toHaveLength(1);
    expect(events.published['data-quality.dataset-registered']).toBe(1);
  });

  it('of the same name in two folders are two', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      write(join(name, 'a.csv'), `a\n${name.length}\n`);
    }
    const { datasets } = await runJson(folder, 'one/a.csv', 'two/a.csv');
    expect(new Set(datasets.map(({ datasetId }) => datasetId)).size).toBe(2);
  });

  it('that change are checked again, and going back is a change too', async () => {
    const outcomes: (string | undefined)[] = [];
    for (const content of ['a\n1\n', 'a\n1\n2\n', 'a\n1\n', 'a\n1\n']) {
      write('a.csv', content);
      const [dataset] = (await runJson(folder, 'a.csv')).datasets;
      outcomes.push(`${dataset?.outcome} ${dataset?.quality.check} ${dataset?.quality.assessment?.rows}`);
    }
    expect(outcomes).toEqual(['new 1 1', 'changed 2 2', 'changed 3 1', 'unchanged 3 1']);
  });

  it('that are bad stay bad, are told each time, and leave nothing undone', async () => {
    write('torn.json', '[{"a":1},{"a":}]');
    write('good.csv', 'a\n1\n');
    const first = await runJson(folder, 'torn.json', 'good.csv');
    const second = await runJson(folder, 'torn.json', 'good.csv');
    for (const { datasets } of [first, second])
      expect(datasets.map(({ quality }) => quality.status)).toEqual(['refused', 'released']);
    expect(second.events.publishedInThisRun).toBe(0);
    expect(second.events.deadLetters).toBe(0);
    write('torn.json', '[{"a":1},{"a":2}]');
    const mended = await runJson(folder, 'torn.json', 'good.csv');
    expect(mended.datasets.map(({ outcome, quality }) => [outcome, quality.status])).toEqual([
      ['changed', 'released'],
      ['unchanged', 'released'],
    ]);
  });
});

describe('what a data set contains', () => {
  it('runs nowhere and moves nothing: not on the screen, not in the report', async () => {
    const names = ['=cmd()', '<img src=x onerror=alert(1)>', '\u{1b}[2Jgone'];
    const cells = ['=HYPERLINK("http://x")', '<script>alert(1)</script>', '\u{1b}[31mred', '@SUM(A1)'];
    const lines = cells.map((cell) => names.map(() => `"${cell.replaceAll('"', '""')}"`).join(','));
    write('evil\u{1b}[2J<b>.csv', `${names.map((name) => `"${name}"`).join(',')}\n${lines.join('\n')}\n`);
    const { code, out } = await run(folder, 'evil\u{1b}[2J<b>.csv');
    expect(code).toBe(0);
    expect(out).not.toContain('\u{1b}');
    expect(out).toMatch(/No value of .* is a formula for a spreadsheet: not in 2 of 4/);
    const page = readFileSync(join(folder, '.mortar', 'report.html'), 'utf8');
    expect(page).not.toMatch(/<img|<b>\.csv|<script>alert/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('what is kept', () => {
  it('is forgotten with --reset, and comes out the same again', async () => {
    write('a.csv', readings(60));
    write('b.csv', readings(45));
    const before = await runJson(folder, 'a.csv', 'b.csv');
    const anew = await runJson(folder, '--reset', 'a.csv', 'b.csv');
    expect(lasting(anew)).toEqual(lasting(before));
    const other: Overview = await runJson(folder, '--reset', 'b.csv');
    expect(other.datasets).toHaveLength(1);
    expect(other.events.published['data-quality.dataset-registered']).toBe(1);
  });

  it('is in the folder that was named, and nowhere else', async () => {
    write('a.csv', 'a\n1\n');
    const { database, report } = await runJson(folder, '--folder', 'a place/ünï', 'a.csv');
    expect([database, report]).toEqual(
      ['data.db', 'report.html'].map((name) => join(folder, 'a place/ünï', name)),
    );
    expect(() => statSync(join(folder, '.mortar'))).toThrow();
  });

  it('can not be where a file is, and the program says so', async () => {
    write('taken', 'x');
    write('a.csv', 'a\n1\n');
    const { code, out, err } = await run(folder, '--folder', 'taken', 'a.csv');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/taken/);
  });
});
