import { beforeAll, describe, expect, test } from 'vitest';
import { compile, withProgram } from '../../contracts/programs/compile.js';

const HEAD = `
import { command, defineModule, event, port, query } from 'mortar';
import { number } from 'mortar/config';
import { z } from 'zod';
const OrderPlaced = event('shop.order-placed', { data: z.object({ orderId: z.string(), total: z.number() }) });
const PlaceOrder = command('shop.place-order', { data: z.object({ items: z.array(z.string()) }), result: z.object({ orderId: z.string() }) });
const FindOrder = query('shop.find-order', { data: z.object({ orderId: z.string() }), result: z.number() });
const ChargeCard = command('billing.charge-card', { data: z.object({ amount: z.number() }) });
const Stock = port('shop.stock', { count: { data: z.object({ item: z.string() }), result: z.number() } });
const Ledger = port('billing.ledger', { balance: { data: z.object({ account: z.string() }), result: z.number() } });
class Books { balance(): number { return 1; } }
class PriceList { readonly prices = 1; }
class OrderBook { readonly list: PriceList; constructor(list: PriceList) { this.list = list; } }
export const used = [command, event, query, z, number, OrderPlaced, PlaceOrder, FindOrder, ChargeCard, Stock, Ledger, Books, PriceList, OrderBook];
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
  [
    'implementing another module’s port: names both',
    'module.implement(Stock, [], { count: () => 1 });',
    [/"shop\.stock"/, /`billing\.\$\{string\}`/],
  ],
  [
    'a method of a port that is missing',
    'module.implement(Ledger, [], {});',
    [/Property 'balance' is missing in type '\{\}'/],
  ],
  [
    'a method of a port that is misspelt',
    'module.implement(Ledger, [], { balence: () => 1 });',
    [/'balence' does not exist in type/, /Did you mean to write 'balance'\?/],
  ],
  [
    'the wrong result of a method of a port',
    "module.implement(Ledger, [], { balance: () => 'much' });",
    [/Type 'string' is not assignable to type 'Awaitable<number>'/],
  ],
  [
    'a service without the methods of a port',
    'module.implement(Ledger, PriceList);',
    [/'typeof PriceList' is not assignable/, /Property 'balance' is missing/],
  ],
  [
    'a wrong dependency of an implementation',
    'module.implement(Ledger, [Books], { balance: (_, list: PriceList) => list.prices });',
    [/Property 'prices' is missing in type 'Books' but required in type 'PriceList'/],
  ],
  [
    'wrong data for a port',
    "module.on(OrderPlaced, [Stock], async (_, stock) => { await stock.count({ itm: 'a' }); });",
    [/'itm' does not exist in type '\{ item: string; \}'/, /Did you mean to write 'item'\?/],
  ],
  [
    'settings of another type than the schema’s',
    "module.settings({ schema: z.object({ url: z.string() }), settings: { url: number('MORTAR_BILLING_URL') } });",
    [/Setting<number/, /string/],
  ],
  [
    'the settings’ token with a field that is not there',
    "module.onStart([module.settings({ schema: z.object({ port: z.number() }), settings: { port: number('MORTAR_BILLING_PORT') } })], (_, { prot }) => void prot);",
    [/Property 'prot' does not exist on type/],
  ],
  [
    'exposing another module’s command: names both',
    'module.exposes(PlaceOrder);',
    [/"shop\.place-order"/, /`billing\.\$\{string\}`/],
  ],
  [
    'declaring to publish another module’s event: names both',
    'module.publishes(OrderPlaced);',
    [/"shop\.order-placed"/, /`billing\.\$\{string\}`/],
  ],
  [
    'declaring to dispatch a query',
    'module.dispatches(FindOrder);',
    [/"query"' is not assignable to type '"command"'/],
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
