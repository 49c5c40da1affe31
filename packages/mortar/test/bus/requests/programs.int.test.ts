import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, withProgram } from '../../contracts/programs/compile.js';

const CONTRACTS = `
import { command, query } from 'mortar/contracts';
import { z } from 'zod';
export const Buy = command('till.buy', {
  data: z.object({ item: z.string() }),
  result: z.object({ no: z.number() }),
  failures: { 'out-of-stock': z.object({ item: z.string() }), closed: z.object({ until: z.date() }) },
});
export const Pay = command('till.pay', { data: z.object({ item: z.string() }) });
export const Price = query('till.price', { data: z.object({}), result: z.number(), failures: { sold: z.object({ on: z.string() }) } });
`;

const HEAD = `
import { createMessageBus, fail } from 'mortar/bus';
import { Buy, Pay, Price } from './contracts.js';
export const { requests } = createMessageBus();
export const used = [fail, Buy, Pay, Price];
`;

/** A mistake, and what the compiler must say about it, so that a person knows what to mend. */
const mistakes: readonly [string, string, readonly RegExp[]][] = [
  [
    'a failure that the contract does not name: names it, and those there are',
    "requests.handle(Buy, ({ data }) => (data.item === '' ? fail('sold-out', data) : { no: 1 }));",
    [
      /Failure<"sold-out", \{ item: string; \}>/,
      /Failure<"out-of-stock", \{ item: string; \}>/,
      /Failure<"closed"/,
    ],
  ],
  [
    'data that breaks the schema of a failure',
    "requests.handle(Buy, async () => fail('out-of-stock', { item: 5 }));",
    [/Type 'number' is not assignable to type 'string'/],
  ],
  [
    'a failure of a command that has none',
    "requests.handle(Pay, () => fail('out-of-stock', { item: 'a' }));",
    [/Failure<"out-of-stock", \{ item: string; \}>' is not assignable to type/],
  ],
  [
    'a key for a query',
    "requests.ask(Price, {}, { idempotencyKey: 'k' });",
    [/'idempotencyKey' does not exist in type 'RequestOptions'/],
  ],
  [
    'a misspelt option of a cache',
    'requests.answer(Price, () => 1, { cache: { ttlMs: 1, maxEntrys: 5 } });',
    [/'maxEntrys' does not exist in type 'CacheOptions</, /Did you mean to write 'maxEntries'\?/],
  ],
  [
    'a rule that reads what is not there',
    'requests.handle(Pay, () => undefined, { validate: [({ data }) => data.itm] });',
    [/Property 'itm' does not exist on type '\{ item: string; \}'/, /Did you mean 'item'\?/],
  ],
];

let reports: readonly string[];
let declarations: string;

beforeAll(async () => {
  const files = Object.fromEntries(
    mistakes.map(([, code], index) => [`mistake-${index}.ts`, `${HEAD}${code}\n`]),
  );
  await withProgram({ ...files, 'contracts.ts': CONTRACTS }, async (folder) => {
    const { output } = await compile(folder, '--declaration', '--noEmit', 'false', '--outDir', 'out');
    reports = mistakes.map((_, index) =>
      output
        .split(/^(?=\S+\.ts\()/m)
        .filter((part) => part.startsWith(`mistake-${index}.ts(`))
        .join(''),
    );
    declarations = await readFile(join(folder, 'out/contracts.d.ts'), 'utf8');
  });
});

describe('what the compiler says about', () => {
  test.each(mistakes.map(([name, , expected], index) => ({ name, expected, index })))(
    '$name',
    ({ expected, index }) => {
      for (const pattern of expected) expect(reports[index]).toMatch(pattern);
      expect(reports[index]?.match(/^mistake/gm)).toHaveLength(1);
    },
  );
});

test('the declarations of contracts with failures are free of the schema library', () => {
  expect(declarations).toMatch(/FailureContract<"out-of-stock", \{\s+item: string;\s+\}/);
  expect(declarations).toMatch(/void, void, never>/);
  expect(declarations).not.toMatch(/zod|\bz\./i);
});
