import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '../../dist/data-quality/contract/report.js';
import { Bench } from './inspecting.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

const TABLE = `id,name,age,from,to,day
1,anna,31,5,9,2026-06-01
2,Ben,-4,7,6,2026-06-11
2,carl,230,1,,2026-06-21
4,,x,2,2,2027-01-01
5,carl,40,3,8,2026-06-12
`;

describe('rules', () => {
  it.each<[Rule, string, string, string[]]>([
    [{ kind: 'complete', column: 'name' }, 'completeness', '1/5', ['']],
    [{ kind: 'type', column: 'age', type: 'integer' }, 'validity', '1/5', ['x']],
    [{ kind: 'range', column: 'age', least: 0, most: 120 }, 'validity', '2/4', ['-4', '230']],
    [{ kind: 'range', column: 'age', least: 0 }, 'validity', '1/4', ['-4']],
    [{ kind: 'pattern', column: 'name', pattern: '[a-z]+' }, 'validity', '1/4', ['Ben']],
    [{ kind: 'set', column: 'name', values: ['anna', 'carl'] }, 'validity', '1/4', ['Ben']],
    [{ kind: 'unique', columns: ['id'] }, 'uniqueness', '1/5', ['2']],
    [{ kind: 'unique', columns: ['name', 'id'] }, 'uniqueness', '0/5', []],
    [{ kind: 'ordered', lesser: 'from', greater: 'to' }, 'consistency', '1/4', ['7 > 6']],
    [
      { kind: 'not-after', column: 'day', day: '2026-06-20' },
      'timeliness',
      '2/5',
      ['2026-06-21', '2027-01-01'],
    ],
    [{ kind: 'fresh', column: 'day', day: '2027-01-11', days: 10 }, 'timeliness', '0/1', []],
    [
      { kind: 'fresh', column: 'day', day: '2027-01-21', days: 10 },
      'timeliness',
      '1/1',
      ['2027-01-01, 20 days before'],
    ],
    [{ kind: 'complete', column: 'nowhere' }, 'completeness', '5/5', []],
  ])('%j', async (rule, dimension, broken, examples) => {
    const report = await bench.report('table.csv', TABLE, [rule]);
    const columns =
      'columns' in rule ? rule.columns : 'column' in rule ? [rule.column] : [rule.lesser, rule.greater];
    const found = report.findings.filter(
      (one) =>
        one.dimension === dimension && one.columns.join() === columns.join() && wants(one.expectation, rule),
    );
    expect(found.map((one) => `${one.broken}/${one.checked}`)).toEqual([broken]);
    expect(found[0]?.examples.map(({ value }) => value)).toEqual(examples);
  });

  it('count twice as old as half as good', async () => {
    const rule: Rule = { kind: 'fresh', column: 'day', day: '2027-01-21', days: 10 };
    const report = await bench.report('table.csv', TABLE, [rule]);
    expect(report.findings.find(({ expectation }) => expectation.startsWith('The newest'))?.score).toBe(0.5);
  });

  it('find rows that are there twice', async () => {
    const report = await bench.report('twice.csv', 'a,b\n1,x\n2,y\n1,x\n1,x\n');
    const found = report.findings.find(({ expectation }) => expectation === 'No row is there twice.');
    expect(found).toMatchObject({ broken: 2, checked: 4, examples: [{ row: 3, value: '1, x' }] });
  });
});

describe('a profile', () => {
  it('tells of each column what it is like', async () => {
    const values = Array.from({ length: 101 }, (_, place) => place);
    const text = values.map(
      (value) => `${value},${value / 2},${value % 2 === 0 ? 'AB-12' : 'cd'},${value % 3 === 0}`,
    );
    const report = await bench.report('profile.csv', `i,n,s,b\n${text.join('\n')}\n`);
    expect(report.columns.map(({ name, type, distinct }) => [name, type, distinct])).toEqual([
      ['i', 'integer', 101],
      ['n', 'number', 101],
      ['s', 'text', 2],
      ['b', 'boolean', 2],
    ]);
    expect(report.columns[0]).toMatchObject({
      quantiles: [0, 5, 25, 50, 75, 95, 100],
      mean: 50,
      deviation: 29.30017065,
    });
    expect(report.columns[2]).toMatchObject({
      lengths: { least: 2, most: 5 },
      frequent: [
        { value: 'AB-12', count: 51 },
        { value: 'cd', count: 50 },
      ],
      patterns: [
        { value: 'a-9', count: 51 },
        { value: 'a', count: 50 },
      ],
    });
  });

  it.each([
    [
      'json',
      JSON.stringify([
        { a: 1, b: 'x' },
        { a: 2.5, b: null },
      ]),
    ],
    ['ndjson', '{"a":1,"b":"x"}\n{"a":2.5}\n'],
    ['csv', 'a,b\n1,x\n2.5,\n'],
    ['tsv', 'a\tb\n1\tx\n2.5\t\n'],
  ])('is the same of %s', async (ending, content) => {
    const report = await bench.report(`same.${ending}`, content);
    expect(
      report.columns.map(({ name, type, missing, quantiles }) => ({ name, type, missing, quantiles })),
    ).toEqual([
      { name: 'a', type: 'number', missing: 0, quantiles: [1, 1.075, 1.375, 1.75, 2.125, 2.425, 2.5] },
      { name: 'b', type: 'text', missing: 1, quantiles: null },
    ]);
  });

  it('reads pages in the order of the file', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => `${row},t${row},2026-01-01`);
    const path = bench.write('pages.csv', `n,t,d\n${rows.join('\n')}\n`);
    const report = await bench.assess(path);
    const source = await bench.look(path);
    if (typeof report === 'string' || typeof source === 'string') throw new TypeError('It was read.');
    const page = { columns: report.columns, offset: 4_998, limit: 10 };
    const [n, t, d] = await bench.inspector.numbers(source, page);
    expect([[...(n ?? [])], [...(t ?? [])], [...(d ?? [])]]).toEqual([
      [4_998, 4_999],
      [Number.NaN, Number.NaN],
      [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1)],
    ]);
    expect(await bench.inspector.texts(source, { ...page, offset: 5_000 })).toEqual([[], [], []]);
  });
});

/** Rules of one column and dimension are told apart by their words. */
function wants(expectation: string, rule: Rule): boolean {
  const words: Partial<Record<Rule['kind'], RegExp>> = {
    ...{ range: /lies/, set: /is anna/, pattern: /matches/, type: /whole number/ },
    ...{ 'not-after': /is not after/, fresh: /newest/ },
  };
  return words[rule.kind]?.test(expectation) ?? true;
}

it('what is there twice among millions of rows is counted in parts, and its first rows are told', async () => {
  const path = join(bench.folder, 'millions.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // Each of the last five is that of a row two million before.
  await connection.run(
    `COPY (SELECT range % 2000000 AS id FROM range(2000005)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const report = await bench.assess(path, [{ kind: 'unique', columns: ['id'] }]);
  if (typeof report === 'string') throw new TypeError(report);
  const found = report.findings.filter(({ dimension }) => dimension === 'uniqueness');
  expect(found.map(({ expectation }) => expectation)).toEqual([
    'No row is there twice.',
    'No two rows have the same id.',
  ]);
  const examples = [0, 1, 2].map((place) => ({ row: 2_000_000 + place, value: String(place) }));
  for (const finding of found) expect(finding).toMatchObject({ checked: 2_000_005, broken: 5, examples });
}, 60_000);
