import { beforeAll, describe, expect, test } from 'vitest';
import { compile, withProgram } from './compile.js';

const HEAD = `
import { command, createEnvelope, event } from 'mortar/contracts';
import { z } from 'zod';
const Placed = event('shop.order-placed', { data: z.object({ orderId: z.string(), total: z.number() }) });
export const used = [command, createEnvelope, event, z, Placed];
`;

/** A mistake, and what the compiler must say about it, so that a person knows what to mend. */
const mistakes: readonly [string, string, readonly RegExp[]][] = [
  [
    'an event whose schema does not accept its own output',
    "export const bad = event('shop.bad', { data: z.string().transform((text) => text.length) });",
    [/_eventSchemaMustAcceptItsOwnOutput' were not provided/],
  ],
  [
    'a name without a module',
    "export const bad = event('order-placed', { data: z.string() });",
    [/'"order-placed"' is not assignable to parameter of type '`\$\{string\}\.\$\{string\}`'/],
  ],
  [
    'a key that is a number',
    "export const bad = event('shop.a', { data: z.object({ id: z.number() }), key: (data) => data.id });",
    [/Type 'number' is not assignable to type 'string'/],
  ],
  [
    'a key of a field that is not there',
    "export const bad = event('shop.a', { data: z.object({ orderId: z.string() }), key: (data) => data.orderID });",
    [/Property 'orderID' does not exist/, /Did you mean 'orderId'\?/],
  ],
  [
    'a misspelt option',
    "export const bad = event('shop.a', { data: z.object({}), prority: 'high' });",
    [/'prority' does not exist in type 'EventOptions/, /Did you mean to write 'priority'\?/],
  ],
  [
    'an unknown priority',
    "export const bad = event('shop.a', { data: z.object({}), priority: 'urgent' });",
    [/'"urgent"' is not assignable to type '"critical" \| "high" \| "low" \| "normal"'/],
  ],
  [
    'data that is no schema',
    "export const bad = event('shop.a', { data: String });",
    [/'"~standard"' is missing in type 'StringConstructor'/],
  ],
  [
    'a command without data',
    "export const bad = command('shop.a', { result: z.string() });",
    [/Property 'data' is missing/],
  ],
  [
    'a missing field',
    "createEnvelope(Placed, { orderId: 'a' });",
    [/Property 'total' is missing in type '\{ orderId: string; \}'/],
  ],
  [
    'a field of another type',
    "createEnvelope(Placed, { orderId: 'a', total: '5' });",
    [/Type 'string' is not assignable to type 'number'/],
  ],
  [
    'an unknown field',
    "createEnvelope(Placed, { orderId: 'a', total: 5, totl: 5 });",
    [/'totl' does not exist in type '\{ orderId: string; total: number; \}'/],
  ],
  [
    'an unknown event',
    "createEnvelope(Placd, { orderId: 'a', total: 5 });",
    [/Cannot find name 'Placd'\. Did you mean 'Placed'\?/],
  ],
  [
    'an envelope of a command',
    "createEnvelope(command('shop.a', { data: z.string() }), 'a');",
    [/CommandContract<"shop\.a"/, /EventContract</],
  ],
];

describe('what the compiler says about', () => {
  let reports: readonly string[];

  beforeAll(async () => {
    const files = mistakes.map(([, code], index) => [`mistake-${index}.ts`, `${HEAD}${code}\n`]);
    const { output } = await withProgram(Object.fromEntries(files), (folder) => compile(folder, '--pretty'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    const plain = output.replaceAll(/\u001b\[\d+m/g, '');
    reports = mistakes.map((_, index) => {
      const parts = plain.split(/^(?=mistake-\d+\.ts:)/m);
      return parts.filter((part) => part.startsWith(`mistake-${index}.ts:`)).join('');
    });
  });

  test.each(mistakes.map(([name, , expected], index) => ({ name, expected, index })))(
    '$name',
    ({ expected, index }) => {
      for (const pattern of expected) expect(reports[index]).toMatch(pattern);
      // The mistake is in the last line of the program, and nowhere else.
      const line = HEAD.split('\n').length;
      expect(reports[index]).toMatch(new RegExp(`^mistake-${index}\\.ts:${line}:`));
    },
  );

  test('a program without mistakes: nothing', async () => {
    const code = `${HEAD}createEnvelope(Placed, { orderId: 'a', total: 5 });\n`;
    const result = await withProgram({ 'right.ts': code }, (folder) => compile(folder));
    expect(result).toEqual({ ok: true, output: '' });
  });
});
