import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../dist/data-quality/infrastructure/engine.js';
import { FileInspector } from '../../../dist/data-quality/infrastructure/file-inspector.js';
import { Bench } from '../inspecting.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** Tables of so many rows, in each format that is text. */
const contents: readonly (readonly [ending: string, content: (rows: number) => string])[] = [
  ['csv', (rows) => `a\n${'1\n'.repeat(rows)}`],
  ['json', (rows) => JSON.stringify(Array.from({ length: rows }, () => ({ a: 1 })))],
  ['ndjson', (rows) => '{"a":1}\n'.repeat(rows)],
];

describe.each(contents)('a file of %s is read alone', (ending, content) => {
  it.each([
    ['star*', 'star and more'],
    ['one[ab]', 'onea'],
    ['who?', 'whom'],
    ['not[!x]', 'noty'],
  ])('where its name %s would stand for others', async (name, other) => {
    bench.write(`${other}.${ending}`, content(3));
    const report = await bench.report(`${name}.${ending}`, content(1));
    expect(report.rows).toBe(1);
  });

  it('without a column for what its folder is called', async () => {
    const folder = join('year=2024', 'month=1');
    mkdirSync(join(bench.folder, folder), { recursive: true });
    const report = await bench.report(join(folder, `a.${ending}`), content(2));
    expect(report.columns.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('the folder of the copies', () => {
  it('may be called anything', async () => {
    const folder = join(bench.folder, 'year=2024', 'kept [1]*?');
    const engine = new Engine(join(folder, 'scratch'));
    try {
      const inspector = new FileInspector(engine, join(folder, 'tables'));
      const source = await bench.look(bench.write('kept.csv', 'a\n1\n2\n'));
      if (typeof source === 'string') throw new TypeError(source);
      const outcome = await inspector.assess(source, [], '2026-06-30', new AbortController().signal);
      expect(outcome).toMatchObject({ kind: 'assessed', assessment: { rows: 2, columns: [{ name: 'a' }] } });
    } finally {
      engine[Symbol.dispose]();
    }
  });
});
