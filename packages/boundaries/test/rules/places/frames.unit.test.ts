import { expect, it } from 'vitest';
import type { SampleImport } from '../../../src/self-test/sample.js';
import { heapBytes } from '../../support/heap.js';
import { judge } from '../judged.js';

const MIB = 1024 * 1024;

const nowhere = (from: string, line: number, column: number): SampleImport => ({
  from,
  to: 'nowhere',
  specifier: `./m${line}-${column}`,
  line,
  column,
});

it('reads the text of a file once for all that is found in it', () => {
  const read: string[] = [];
  const imports = ['b.ts', 'a.ts'].flatMap((path) => [nowhere(path, 2, 1), nowhere(path, 1, 1)]);
  const { violations } = judge(
    { imports: [...imports, ...imports.map((one) => ({ ...one, column: 9 }))] },
    {},
    {
      readText: (path) => {
        read.push(path);
        return `one of ${path}\ntwo`;
      },
    },
  );
  expect(violations).toHaveLength(8);
  expect(violations[0]?.frame).toEqual({ firstLine: 1, lines: ['one of a.ts', 'two'], column: 1 });
  expect(read).toEqual(['a.ts', 'b.ts']);
});

it('keeps no text alive by the frames that it cuts from it', () => {
  const imports = Array.from({ length: 20 }, (_, index) => nowhere(`m${index}.ts`, 1, 5 * MIB));
  const before = heapBytes();
  const { violations } = judge(
    { imports },
    {},
    { readText: (path) => Buffer.alloc(10 * MIB, path).toString() },
  );
  const after = heapBytes();
  expect(violations.map(({ frame }) => frame?.lines[0]?.length)).toEqual(imports.map(() => 160));
  expect(after - before).toBeLessThan(40 * MIB);
});

it.each([
  ['one\r\ntwo\r\nthree', 2, 1, { firstLine: 1, lines: ['one', 'two', 'three'], column: 1 }],
  ['\uFEFFone\n', 1, 1, { firstLine: 1, lines: ['one', ''], column: 1 }],
  ['one', 2, 1, undefined],
  ['\ud83d\ude00 \ud83d', 1, 4, { firstLine: 1, lines: ['\ud83d\ude00 \ud83d'], column: 4 }],
])('frames a place in %j', (text, line, column, frame) => {
  const { violations } = judge({ imports: [nowhere('a.ts', line, column)] }, {}, { readText: () => text });
  expect(violations.map((one) => one.frame)).toEqual([frame]);
});
