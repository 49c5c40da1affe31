import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const contract = `import { command, event, type EventContract } from 'mortar';
export const OrderPlaced: EventContract = event('shop.order-placed', {});
export const OrderPaid = event('shop.order-paid', { data: none }), OrderLost = event('shop.order-lost', {});
export const PlaceOrder = command('shop.place-order', {});
export const Renamed = OrderPlaced;
export { OrderPaid as Paid };
export const events = { placed: OrderPlaced, OrderPaid, lost: OrderLost } as const;
export class Events { static readonly Sent = event('shop.sent', {}); }
export default event('shop.closed', {});
`;
const files: Files = {
  'package.json': '{ "dependencies": { "mortar": "1" } }',
  'shop/contract.ts': contract,
  'shop/index.ts': `import { OrderPlaced } from './contract.js';
export * as shop from './contract.js';
export { OrderPaid as PaidAgain, default as Closed } from './contract.js';
export const Again = OrderPlaced satisfies object;
export const { OrderLost: LostAgain } = await import('./contract.js');
`,
};

/** What a file does that has this after its imports. */
async function usesOf(code: string): Promise<string[]> {
  const imports = `import Closed, * as contract from './shop/contract.js';
import { events, Events, OrderPaid, OrderPlaced, Paid, PlaceOrder, Renamed } from './shop/contract.js';
import { Again, Closed as Shut, LostAgain, PaidAgain, shop } from './shop/index.js';
`;
  const { uses } = await readProject(makeProject({ ...files, 'a.ts': `${imports}${code}\n` }));
  return uses.map(({ role, name }) => `${role} ${name === undefined ? '?' : name.slice('shop.'.length)}`);
}

it('contracts are known by their constants, with types, in lists, in classes, as the default', async () => {
  const { definitions } = await readProject(makeProject(files));
  expect(definitions.map(({ name, constant }) => `${name.slice('shop.'.length)} ${constant}`)).toEqual([
    'order-placed OrderPlaced',
    'order-paid OrderPaid',
    'order-lost OrderLost',
    'place-order PlaceOrder',
    'sent Sent',
    'closed default',
  ]);
});

describe('a contract by another name', () => {
  it.each([
    ['const placed = OrderPlaced;\npublish(placed);', 'order-placed'],
    ['const placed: EventContract = OrderPlaced;\npublish(placed);', 'order-placed'],
    ['const placed = OrderPlaced as EventContract<string>;\npublish(placed);', 'order-placed'],
    ['let placed = OrderPlaced\npublish(placed);', 'order-placed'],
    ['const one = 1, placed = OrderPlaced, paid = OrderPaid;\npublish(paid);', 'order-paid'],
    ['const placed = OrderPlaced;\nconst again = placed;\npublish(again);', 'order-placed'],
    ['const placed = contract.OrderPlaced;\npublish(placed);', 'order-placed'],
    ['const placed = shop.OrderPlaced;\npublish(placed);', 'order-placed'],
    ['const { OrderPlaced: placed } = contract;\npublish(placed);', 'order-placed'],
    ['const { OrderLost } = contract;\npublish(OrderLost);', 'order-lost'],
    ['const { OrderLost = OrderPaid, ...rest } = shop;\npublish(OrderLost);', 'order-lost'],
    ['const all = contract;\npublish(all.OrderPlaced);', 'order-placed'],
    ["const { OrderLost } = await import('./shop/contract.js');\npublish(OrderLost);", 'order-lost'],
    ["const all = await import('./shop/index.js');\npublish(all.shop.OrderPlaced);", 'order-placed'],
    ["const { events: found } = require('./shop/contract.js');\npublish(found.placed);", 'order-placed'],
    ['const run = () => {\n  const placed = OrderPlaced;\n  return publish(placed);\n};', 'order-placed'],
    ['const f = () => { const e = OrderPaid; publish(e); };', 'order-paid'],
    ['const own = OrderPaid;\nconst again = own;\npublish(again);', 'order-paid'],
    ['publish(Renamed);', 'order-placed'],
    ['publish(Again);', 'order-placed'],
    ['publish(Paid);', 'order-paid'],
    ['publish(PaidAgain);', 'order-paid'],
    ['publish(LostAgain);', 'order-lost'],
    ['publish(Closed);', 'closed'],
    ['publish(Shut);', 'closed'],
    ['publish(shop.OrderPlaced);', 'order-placed'],
    ["publish(contract['OrderPlaced']);", 'order-placed'],
    ['publish(events.placed);', 'order-placed'],
    ['publish(events.OrderPaid);', 'order-paid'],
    ['publish(contract.events.lost);', 'order-lost'],
    ['publish(Events.Sent);', 'sent'],
    ['const own = { sent: OrderPlaced };\npublish(own.sent);', 'order-placed'],
    ['publish(OrderPlaced!, {});', 'order-placed'],
    ['publish(OrderPlaced as any, {});', 'order-placed'],
    ['publish(OrderPlaced as unknown as Contract<A, B>, {});', 'order-placed'],
    ['publish((OrderPlaced), {});', 'order-placed'],
    ['publish(<any>OrderPlaced, {});', 'order-placed'],
    ['publish?.(OrderPlaced, {});', 'order-placed'],
    ['context?.publish?.(OrderPlaced, {});', 'order-placed'],
    ['const send = context.publish;\nsend(OrderPlaced);', 'order-placed'],
    ['const { publish: send } = context;\nsend(OrderPlaced);', 'order-placed'],
    ['const send = context.publish.bind(context);\nsend(OrderPlaced);', 'order-placed'],
    ['publish(contract?.OrderPlaced);', 'order-placed'],
    ["const { OrderLost: lost } = (await import('./shop/contract.js'));\npublish(lost);", 'order-lost'],
    ["const lost = (await import('./shop/contract.js')).OrderLost;\npublish(lost);", 'order-lost'],
    ["const { placed } = require('./shop/contract.js').events;\npublish(placed);", 'order-placed'],
    ['module.handle(Other, ({ publish: send }) => send(OrderPlaced));', 'order-placed'],
  ])('%s', async (code, name) => expect(await usesOf(code)).toEqual([`publish ${name}`]));

  it('may be one of two', async () => {
    const expected = ['publish order-placed', 'publish order-paid'];
    expect(await usesOf('publish(isNew ? OrderPlaced : OrderPaid, {});')).toEqual(expected);
    expect(await usesOf('publish(is.new ? contract.OrderPlaced as any : Paid!, {});')).toEqual(expected);
    expect(await usesOf('publish(isNew ? make() : none, {});')).toEqual([]);
  });

  it('is the one that was given last', async () => {
    const code = `const f = () => { const it = OrderPlaced; publish(it); };
const g = () => { const it = OrderPaid; publish(it); };`;
    expect(await usesOf(code)).toEqual(['publish order-placed', 'publish order-paid']);
  });

  it.each([
    "publish('OrderPlaced');",
    "publish('shop.' + OrderPlaced);",
    'publish((event) => OrderPlaced);',
    'publish(function () { return OrderPlaced; });',
    'const { publish: send } = context;\nother.send(OrderPaid.name);',
  ])('is none of: %s', async (code) => expect(await usesOf(code)).toEqual([]));

  it.each([
    'const placed = OrderPlaced.name;\napp.publish(placed);',
    '// const placed = OrderPlaced;\napp.publish(placed);',
    'app.publish(sent);\nconst own = { sent: OrderPlaced };',
    'const a = b;\nconst b = a;\napp.publish(a);',
    'app.publish(events.none);',
  ])('can not be told of: %s', async (code) => expect(await usesOf(code)).toEqual(['publish ?']));
});

it('what makes contracts may have another name too', async () => {
  const code = `import { event } from 'mortar';
import * as all from 'mortar';
const define = event;
const { command: ask } = all;
export const A = define('shop.a', {});
export const B = ask('shop.b', {});
`;
  const { definitions } = await readProject(makeProject({ ...files, 'shop/contract.ts': code }));
  expect(definitions.map(({ kind, constant }) => `${kind} ${constant}`)).toEqual(['event A', 'command B']);
});
