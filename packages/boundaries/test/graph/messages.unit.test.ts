import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const manifest = { 'package.json': '{ "dependencies": { "mortar": "1" } }' };
const contract = `import { command, event as defineEvent, port, query } from 'mortar';
export const OrderPlaced = defineEvent('shop.order-placed', { data: schema });
export const PlaceOrder = command<Data>('shop.place-order', {});
export const FindOrder = query('shop.find-order', {});
export const Rates = port('shop.rates', {});
`;

it('definitions are found by what they call, whatever it is called here', async () => {
  const { definitions } = await readProject(makeProject({ ...manifest, 'shop/contract.ts': contract }));
  expect(definitions.map(({ kind, name, constant, line }) => `${line} ${kind} ${name} ${constant}`)).toEqual([
    '2 event shop.order-placed OrderPlaced',
    '3 command shop.place-order PlaceOrder',
    '4 query shop.find-order FindOrder',
    '5 port shop.rates Rates',
  ]);
});

it('functions of the same name from elsewhere define nothing', async () => {
  const code = "import { event } from './own.js';\nexport const A = event('a.b', {});\n";
  const own = 'export const event = (name: string) => name;\n';
  const { definitions } = await readProject(makeProject({ ...manifest, 'a.ts': code, 'own.ts': own }));
  expect(definitions).toEqual([]);
});

it('through a file that passes them on, and a namespace', async () => {
  const { definitions } = await readProject(
    makeProject({
      ...manifest,
      'kernel.ts': "export { event } from 'mortar';\nexport * from 'mortar/contracts';\n",
      'a.ts': "import { event } from './kernel.js';\nexport const A = event('a.b', {});\n",
      'b.ts': "import * as m from 'mortar';\nexport const B = m.command('a.c', {});\n",
    }),
  );
  expect(definitions.map(({ name }) => name)).toEqual(['a.b', 'a.c']);
});

it.each([
  ['publish(OrderPlaced, { a: 1 });', ['publish shop.order-placed']],
  ['await context.publish(OrderPlaced, {});', ['publish shop.order-placed']],
  [
    'module.on(OrderPlaced, async ({ dispatch }) => { await dispatch(PlaceOrder, {}); });',
    ['subscribe shop.order-placed', 'dispatch shop.place-order'],
  ],
  ['module.on([OrderPlaced], handler);', ['subscribe shop.order-placed']],
  ['module.on(OrderPlaced, { retry: { attempts: 5 } }, handler);', ['subscribe shop.order-placed']],
  ['module.handle(PlaceOrder, [Book, Rates], handler);', ['handle shop.place-order', 'use shop.rates']],
  [
    'module.handle(PlaceOrder, { retry: 1 }, [optional(Rates)], handler);',
    ['handle shop.place-order', 'use shop.rates'],
  ],
  ['module.singleton(Book, [Rates]);', ['use shop.rates']],
  ['module.answer(FindOrder, handler);', ['answer shop.find-order']],
  ['const found = await app.ask(FindOrder, { id });', ['ask shop.find-order']],
  ['module.implement(Rates, { rate: () => 1 });', ['implement shop.rates']],
  ['module.uses(Rates, { retry: 1 });', ['use shop.rates']],
  ['module.publishes(OrderPlaced);', ['publish shop.order-placed']],
  ['module.dispatches(PlaceOrder);', ['dispatch shop.place-order']],
  ['module.asks(FindOrder);', ['ask shop.find-order']],
  ["module.schedule('daily', '0 9 * * *', OrderPlaced, {});", ['publish shop.order-placed']],
  ["export const a = aggregate('order', { decider, events: [OrderPlaced] });", ['publish shop.order-placed']],
  [
    "export const p = projection('orders', { kind: 'async', events: [OrderPlaced], on: {} });",
    ['subscribe shop.order-placed'],
  ],
  [
    'class A { @on(OrderPlaced) a() {} @handles(PlaceOrder) b() {} @answers(FindOrder) c() {} }',
    ['subscribe shop.order-placed', 'handle shop.place-order', 'answer shop.find-order'],
  ],
  ['emitter.on(Other, handler); emitter.on("x", handler); client.publish(Unknown);', []],
  ['await publishEvent(OrderPlaced, {});', ['publish shop.order-placed']],
  [
    'await bus.deliver(OrderPlaced, {}); bus.enqueue(OrderPlaced, {});',
    ['publish shop.order-placed', 'publish shop.order-placed'],
  ],
  ['for await (const one of bus.stream(OrderPlaced)) one;', ['subscribe shop.order-placed']],
  ['await bus.waitFor(OrderPlaced);', ['subscribe shop.order-placed']],
  ['context.publishAt(OrderPlaced, {}, when);', ['publish shop.order-placed']],
  ['app.publishAfter(OrderPlaced, {}, 1_000);', ['publish shop.order-placed']],
  ['await app.tryDispatch(PlaceOrder, {});', ['dispatch shop.place-order']],
  ['await app.tryAsk(FindOrder, {});', ['ask shop.find-order']],
  ['app.locate(Rates);', ['use shop.rates']],
  ['publish(PlaceOrder); dispatch(OrderPlaced);', []],
  ["log('publish(OrderPlaced)'); // publish(OrderPlaced)", []],
])('%s', async (code, expected) => {
  const { uses } = await readProject(makeProject(user(code)));
  expect(uses.map(({ role, name }) => `${role} ${name}`)).toEqual(expected);
});

it('a use says where the contract is defined, also under another name and through an index', async () => {
  const { uses } = await readProject(
    makeProject({
      ...manifest,
      'shop/contract.ts': contract,
      'shop/index.ts': "export { OrderPlaced as Placed } from './contract.js';\n",
      'a.ts':
        "import { Placed as It } from './shop/index.js';\nimport * as shop from './shop/contract.js';\n\n  publish(It);\ndispatch(shop.PlaceOrder);\n",
    }),
  );
  expect(uses).toEqual([
    {
      role: 'publish',
      kind: 'event',
      name: 'shop.order-placed',
      definedIn: 'shop/contract.ts',
      path: 'a.ts',
      line: 4,
      column: 11,
    },
    {
      role: 'dispatch',
      kind: 'command',
      name: 'shop.place-order',
      definedIn: 'shop/contract.ts',
      path: 'a.ts',
      line: 5,
      column: 10,
    },
  ]);
});

it('a project without mortar has no messages', async () => {
  const { definitions, uses } = await readProject(
    makeProject({ 'shop/contract.ts': contract, ...userFile('publish(OrderPlaced);') }),
  );
  expect([definitions, uses]).toEqual([[], []]);
});

function user(code: string): Files {
  return { ...manifest, 'shop/contract.ts': contract, ...userFile(code) };
}

function userFile(code: string): Files {
  return {
    'a.ts': `import { FindOrder, OrderPlaced, PlaceOrder, Rates } from './shop/contract.js';\nimport { Other } from './other.js';\n${code}\n`,
    'other.ts': 'export const Other = 1;\n',
  };
}
