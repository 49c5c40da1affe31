import { beforeAll, describe, expect, test } from 'vitest';
import { compile, withProgram } from '../contracts/programs/compile.js';

const HEAD = `
import { command, defineModule, event, query } from 'mortar';
import { z } from 'zod';
const OrderPlaced = event('shop.order-placed', { data: z.object({ orderId: z.string(), total: z.number() }) });
const PlaceOrder = command('shop.place-order', { data: z.object({ items: z.array(z.string()) }), result: z.object({ orderId: z.string() }) });
const FindOrder = query('shop.find-order', { data: z.object({ orderId: z.string() }), result: z.number() });
class PriceList { readonly prices = 1; }
class OrderBook { readonly list: PriceList; constructor(list: PriceList) { this.list = list; } }
export const used = [command, event, query, z, OrderPlaced, PlaceOrder, FindOrder, PriceList, OrderBook];
`;

/** A mistake in a module named billing, and what the compiler must say, so that a person knows what to mend. */
const mistakes: readonly [string, string, readonly RegExp[]][] = [
  [
    'publishing another module’s event: names both',
    "module.on(OrderPlaced, async ({ publish }) => publish(OrderPlaced, { orderId: 'a', total: 1 }));",
    [/"shop\.order-placed"/, /`billing\.\$\{string\}`/],
  ],
  [
    'handling another module’s command: names both',
    "module.handle(PlaceOrder, () => ({ orderId: 'a' }));",
    [/"shop\.place-order"/, /`billing\.\$\{string\}`/],
  ],
  [
    'answering another module’s query: names both',
    'module.answer(FindOrder, () => 1);',
    [/"shop\.find-order"/, /`billing\.\$\{string\}`/],
  ],
  [
    'a missing field of a command',
    'module.on(OrderPlaced, async ({ dispatch }) => { await dispatch(PlaceOrder, {}); });',
    [/Property 'items' is missing in type '\{\}'/],
  ],
  [
    'a field that is not there',
    'module.on(OrderPlaced, ({ data }) => void data.totl);',
    [
      /Property 'totl' does not exist on type '\{ orderId: string; total: number; \}'/,
      /Did you mean 'total'\?/,
    ],
  ],
  [
    'a misspelt option',
    'module.on(OrderPlaced, { retrys: { attempts: 3 } }, () => {});',
    [/'retrys' does not exist in type 'ModuleSubscribeOptions'/, /Did you mean to write 'retry'\?/],
  ],
  ['a missing dependency', 'module.singleton(OrderBook);', [/Expected 2 arguments, but got 1/]],
  [
    'a wrong dependency',
    'module.singleton(OrderBook, [OrderBook]);',
    [/'typeof OrderBook' is not assignable to type 'Dependency<PriceList>'/],
  ],
];

describe('what the compiler says about', () => {
  let reports: readonly string[];

  beforeAll(async () => {
    const files = mistakes.map(([, code], index) => [
      `mistake-${index}.ts`,
      `${HEAD}export const billing = defineModule('billing', (module) => {\n${code}\n});\n`,
    ]);
    const { output } = await withProgram(Object.fromEntries(files), (folder) => compile(folder));
    reports = mistakes.map((_, index) => {
      const parts = output.split(/^(?=mistake-\d+\.ts\()/m);
      return parts.filter((part) => part.startsWith(`mistake-${index}.ts(`)).join('');
    });
  });

  test.each(mistakes.map(([name, , expected], index) => ({ name, expected, index })))(
    '$name',
    ({ expected, index }) => {
      for (const pattern of expected) expect(reports[index]).toMatch(pattern);
      // The mistake is in the line of the registration, and nowhere else.
      const line = HEAD.split('\n').length + 1;
      expect(reports[index]).toMatch(new RegExp(`^mistake-${index}\\.ts\\(${line},`));
      expect(reports[index]?.match(/^mistake/gm)).toHaveLength(1);
    },
  );
});
