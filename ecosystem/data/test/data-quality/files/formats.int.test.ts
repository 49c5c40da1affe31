import { closeSync, ftruncateSync, openSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Assessment } from '../../../dist/data-quality/contract/report.js';
import { Bench, brokenIn } from '../inspecting.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** Makes a Parquet file of a query, as another program would. */
async function writeParquet(name: string, query: string): Promise<string> {
  const path = join(bench.folder, name);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return path;
}

async function reportOf(path: string): Promise<Assessment> {
  const report = await bench.assess(path);
  if (typeof report === 'string') throw new TypeError(report);
  return report;
}

describe('Parquet', () => {
  it('is read with the types that its values have', async () => {
    const path = await writeParquet(
      'types.parquet',
      `SELECT range AS whole, range / 4 AS part, range % 2 = 0 AS flag, DATE '2024-01-01' + CAST(range AS INTEGER) AS day,
         TIMESTAMP '2024-01-01 06:30:00' + to_days(CAST(range AS INTEGER)) AS moment, 'w' || range % 3 AS word,
         CASE WHEN range > 3 THEN range END AS some, [range, 1] AS list, {'x': range} AS struct FROM range(20)`,
    );
    const { rows, columns } = await reportOf(path);
    expect(rows).toBe(20);
    expect(columns.map(({ name, type, missing }) => [name, type, missing])).toEqual([
      ['whole', 'integer', 0],
      ['part', 'number', 0],
      ['flag', 'boolean', 0],
      ['day', 'date', 0],
      ['moment', 'date', 0],
      ['word', 'text', 0],
      ['some', 'integer', 4],
      ['list', 'text', 0],
      ['struct', 'text', 0],
    ]);
    expect(columns[4]?.quantiles?.[0]).toBe(Date.UTC(2024, 0, 1, 6, 30));
    expect(columns[7]?.frequent[0]?.value).toMatch(/^\[\d+,1\]$/);
    expect(columns[8]?.frequent[0]?.value).toMatch(/^\{"x":\d+\}$/);
  });

  it('says the same as the CSV with the same values', async () => {
    const rows = Array.from({ length: 50 }, (_, row) => `${row},${row % 7},n${row % 5}`);
    const csv = await bench.report('same.csv', `a,b,c\n${rows.join('\n')}\n`);
    const path = await writeParquet(
      'same.parquet',
      `SELECT range AS a, range % 7 AS b, 'n' || range % 5 AS c FROM range(50)`,
    );
    expect(await reportOf(path)).toEqual(csv);
  });

  it('without rows is quarantined, and not refused', async () => {
    const report = await reportOf(await writeParquet('none.parquet', 'SELECT 1 AS a WHERE false'));
    expect([report.rows, report.overall, report.columns.map(({ name }) => name)]).toEqual([0, 0, ['a']]);
  });

  it('that was cut off is refused in a sentence', async () => {
    const path = await writeParquet('cut.parquet', 'SELECT range AS a FROM range(5000)');
    truncateSync(path, 4_000);
    expect(await bench.assess(path)).toMatch(/^It can't be read as parquet: .*/);
  });
});

describe('what is compressed', () => {
  it('is refused with the reason, whatever it is called', async () => {
    const zipped = gzipSync('a,b\n1,2\n');
    expect(await bench.assess(bench.write('zipped.csv', zipped))).toBe(
      'It is gzip, whatever its ending says.',
    );
    expect(await bench.assess(bench.write('zipped.csv.gz', zipped))).toMatch(
      /^Its ending says nothing: \.csv/,
    );
  });
});

describe('NDJSON', () => {
  it('has the columns of all lines, missing where a line has none', async () => {
    const lines = ['{"a":1}', '{"b":"x"}', '{"a":3,"b":null,"c":true}', '{"a":" 4 "}'];
    const { rows, columns } = await bench.report('lines.ndjson', `${lines.join('\n')}\n`);
    expect(rows).toBe(4);
    expect(columns.map(({ name, missing }) => [name, missing])).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 3],
    ]);
  });

  it('is read with .jsonl too, and without a last line end', async () => {
    const { rows, columns } = await bench.report('lines.jsonl', '{"a":1}\n{"a":2}');
    expect([rows, columns[0]?.type]).toEqual([2, 'integer']);
  });

  it('with large numbers keeps their digits', async () => {
    const { columns } = await bench.report('large.ndjson', '{"a":9007199254740993}\n{"a":1}\n');
    expect(columns[0]?.frequent.map(({ value }) => value)).toEqual(['1', '9007199254740993']);
  });
});

describe('CSV', () => {
  it.each([
    [',', 'a,b\n1,x\n2,y\n'],
    [';', 'a;b\n1;x, with a comma\n2;y\n'],
    ['a tab', 'a\tb\n1\tx\n2\ty\n'],
    ['|', 'a|b\n1|x\n2|y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['a mark of byte order', '\u{FEFF}a,b\n1,x\n2,y\n'],
    ['a delimiter in a quoted name', '"a",b\n1,x\n2,y\n'],
    ['no last line end', 'a,b\n1,x\n2,y'],
  ])('with %s', async (_, content) => {
    const { rows, columns } = await bench.report('delimited.csv', content);
    expect([rows, columns.map(({ name, type }) => [name, type])]).toEqual([
      2,
      [
        ['a', 'integer'],
        ['b', 'text'],
      ],
    ]);
  });

  it('with line ends and quotes within values', async () => {
    const { rows, columns } = await bench.report('quoted.csv', 'a,b\n1,"two\nlines"\n2,"a ""word"""\n');
    expect(rows).toBe(2);
    expect(columns[1]?.frequent.map(({ value }) => value)).toEqual(['a "word"', 'two\u{FFFD}lines']);
  });

  it('with names that come twice, are empty, or are those of the engine', async () => {
    const { columns } = await bench.report(
      'names.csv',
      'a,a,,file_row_number,v:a,w:a\n1,2,3,4,5,6\n7,8,9,10,11,12\n',
    );
    expect(columns).toHaveLength(6);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(6);
    expect(columns.map(({ quantiles }) => quantiles?.[0])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(columns.map(({ name }) => name)).toContain('file_row_number');
  });

  it('whose first line looks like values says so', async () => {
    const { notes } = await bench.report('headless.csv', '1,2.5,x\n3,4.5,y\n');
    expect(notes).toEqual(['Its first line looks like values and not like names: 1, 2.5.']);
  });

  it('of 300 columns and not of 301', async () => {
    const wide = (count: number) =>
      [0, 1, 2]
        .map((row) => Array.from({ length: count }, (_, place) => (row === 0 ? `c${place}` : row)))
        .join('\n');
    expect((await bench.report('wide.csv', wide(300))).columns).toHaveLength(300);
    expect(await bench.assess(bench.write('wider.csv', wide(301)))).toBe(
      'It has 301 columns; 300 can be read.',
    );
  });

  it('with very long values shows their beginnings', async () => {
    const { columns } = await bench.report('long.csv', `a\n${'x'.repeat(100_000)}\ny\n`);
    expect(columns[0]?.lengths).toEqual({ least: 1, most: 100_000 });
    expect(columns[0]?.frequent.map(({ value }) => value.length)).toEqual([80, 1]);
  });

  it('counts lines that are left out beside those that are read', async () => {
    const lines = Array.from({ length: 200 }, (_, row) => (row % 10 === 3 ? `${row}` : `${row},x`));
    const report = await bench.report('ragged.csv', `a,b\n${lines.join('\n')}\n`);
    expect(report.rows).toBe(180);
    expect(brokenIn(report)['Each line has as many values as the first one.']).toBe('20/200');
  });
});

describe('large files', () => {
  it('of two gigabytes that are no text are refused without being read through', async () => {
    const path = bench.write('hole.csv', 'a,b\n1,2\n');
    const file = openSync(path, 'r+');
    ftruncateSync(file, 2 ** 31 + 5);
    closeSync(file);
    expect(await bench.assess(path)).toBe('It is binary and no text.');
  });

  it('are asked for no more than a first look when they are stopped', async () => {
    const path = bench.write('stopped.csv', `a\n${'1\n'.repeat(50_000)}`);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(bench.inspector.look(path, stopped)).rejects.toThrow('stopped');
    const source = await bench.look(path);
    if (typeof source === 'string') throw new TypeError(source);
    await expect(bench.inspector.assess(source, [], '2026-01-01', stopped)).rejects.toThrow('stopped');
    expect((await reportOf(path)).rows).toBe(50_000);
  });
});

describe('a path', () => {
  it('that leads on to a file is that file', async () => {
    const path = join(bench.folder, 'link.csv');
    symlinkSync(bench.write('target.csv', 'a\n1\n'), path);
    expect((await reportOf(path)).rows).toBe(1);
  });

  it('that leads nowhere is no file', async () => {
    const path = join(bench.folder, 'dangling.csv');
    symlinkSync(join(bench.folder, 'gone.csv'), path);
    expect(await bench.assess(path)).toBe('There is no such file.');
    expect(await bench.assess(join(path, 'below.csv'))).toBe('There is no such file.');
  });
});
