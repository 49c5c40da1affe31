import { describe, expect, it } from 'vitest';
import { found, from, type Given, judge } from '../judged.js';

const CONTRACT = 'src/shop/contract.ts';

/** A module whose contract has this text and these imports. */
function contract(text: string, ...targets: readonly string[]): Given {
  return {
    files: {
      [CONTRACT]: text,
      'src/shop/module.ts': '',
      'src/shop/order.ts': '',
      'src/billing/contract.ts': '',
      'src/money.ts': '',
    },
    imports: targets.map((target) => from(CONTRACT, target, { specifier: relative(target) })),
  };
}

function relative(target: string): string {
  const path = target.replace(/\.ts$/, '.js');
  return path.startsWith('src/shop/') ? `./${path.slice(9)}` : `../${path.slice(4)}`;
}

describe('contract-content', () => {
  const judged = (text: string, config: object = {}): string[] =>
    found('contract-content', contract(text, 'src/billing/contract.ts', 'src/money.ts'), config).map(
      ({ kind, subject }) => `${kind} ${subject}`,
    );

  it.each([
    "export const OrderPlaced = event('shop.order-placed', { data: z.object({}), key: (data) => data.orderId });",
    'export interface Order { readonly id: string }',
    'export type Total = number;',
    "export const KINDS = ['a', 'b'] as const;",
    'export const MOST = 3 * 4;',
    'export enum Kind { A, B }',
    'export class Order { constructor(readonly id: string) {} }',
    'export class OutOfStock extends Error { readonly code = 1; }',
    'export abstract class Prices { abstract priceOf(item: string): number; }',
    'const keyOf = (data) => data.id; function tags() { return []; }',
    "'use strict';",
    "export { type Order } from './order.js';",
    'declare const build: string;',
    'export class Order { readonly id: string; constructor(id: string) { this.id = id; Object.freeze(this); } }',
    "export class OutOfStock extends DomainError { constructor(item: string) { super('none of ' + item); this.name = 'x'; } }",
    'class Base { readonly id = 1; } export class Order extends Base { readonly lines = []; }',
    "import { Base } from '../billing/contract.js'; export class Order extends Base {}",
    "import { z } from 'zod'; export const Order = z.object({}).refine((order) => order.ok).transform((order) => order);",
    "import * as v from 'valibot'; const Id = v.string(); export const Order = v.pipe(Id, v.check((id) => id !== ''));",
    "import { z } from 'zod'; const Base = z.object({}); export const Order = Base.refine((one) => one.ok);",
    "import { Money } from '../billing/contract.js'; export const Total = Money.refine((one) => one.ok);",
    "import { event as define } from '../kernel.js'; export const A = define('shop.a', { key: (one) => one.id });",
    'const keyOf = (one) => one.id; export const A = event("shop.a", { key: keyOf });',
    'const rules = { total: () => 1, most: 3 }; export const MOST = rules.most;',
    'const total = () => 1; export const names = { total: 1 };',
    'export const both = Object.freeze({ a: 1, ...{ b: 2 } });',
    'export const size = Number("3") + BigInt(4);',
    'const Date = { now: 1 }; export const at = Date.now;',
  ])('%s', (text) => expect(judged(text)).toEqual([]));

  it.each([
    ['export class Order { total() { return 1; } }', 'class Order'],
    ['export class Order { get total() { return 1; } }', 'class Order'],
    ['export class Order { total = () => 1; }', 'class Order'],
    ['class Hidden { run() { return 1; } }', 'class Hidden'],
    ['export class Order { static { start(); } }', 'class Order'],
    ['export const Order = class { total() { return 1; } };', 'class Order'],
    ['export function total() { return 1; }', 'function total'],
    ['export const total = () => 1;', 'function total'],
    ['export const rules = { total() { return 1; } };', 'function rules'],
    ['export const rules = [() => 1] as const;', 'function rules'],
    ['export const cache = new Map();', 'value cache'],
    ['export let count = 1;', 'value count'],
    ['export const now = await load();', 'value now'],
    ['export const now = (() => 1)();', 'value now'],
    ['register();', 'value a statement'],
    ['for (const one of list) run(one);', 'value a statement'],
    ["import { memoize } from 'lodash'; export const total = memoize(() => 1);", 'value total'],
    ["import _ from 'lodash'; export const total = _.memoize(() => 1);", 'value total'],
    ['export const total = memoize(() => 1);', 'value total'],
    ['const one = () => 1; export const total = memoize(one);', 'value total'],
    ['export const total = wrap({ run() { return 1; } });', 'value total'],
    ['const fn = (n) => n * 2; export const all = [1].map(fn);', 'value all'],
    ['export const all = [1].map((n) => n * 2);', 'value all'],
    ['const hidden = () => 1; export const total = hidden;', 'function total'],
    ['function hidden() {} export const total = hidden as Total;', 'function total'],
    ['const hidden = () => 1; export const rules = { hidden };', 'function rules'],
    ['const hidden = { total: () => 1 }; export const rules = hidden;', 'function rules'],
    ['const hidden = { total: () => 1 }; export const total = hidden.total;', 'function total'],
    ['const hidden = () => 1; export const total = hidden.bind(null);', 'function total'],
    ['export const at = Date.now();', 'value at'],
    ['export const id = crypto.randomUUID();', 'value id'],
    ["export const late = import('./order.js');", 'value late'],
    ['export enum Kind { A = compute() }', 'value Kind'],
    ['export class Order { constructor(id) { register(this); } }', 'class Order'],
    ['export class Order { constructor(id) { this.id = nextId(); } }', 'class Order'],
    ['export class Order { constructor(id) { if (!id) throw new Error(); } }', 'class Order'],
    ['export class Order { constructor(id) { this.run = () => id; } }', 'class Order'],
    ['@Entity() export class Order { readonly id = 1; }', 'class Order'],
    ['export class Order { @Column() readonly id = 1; }', 'class Order'],
    ['export class Order { constructor(@Inject() readonly id: string) {} }', 'class Order'],
    ["import { Base } from 'orm'; export class Order extends Base {}", 'class Order'],
    ["import * as orm from 'orm'; export class Order extends orm.Base {}", 'class Order'],
    ["import { Base } from '../money.js'; export class Order extends Base {}", 'class Order'],
    ['export class Orders extends Map {}', 'class Orders'],
    ['export class Order extends mixin(Object) {}', 'class Order'],
    ['export class Order extends (class { run() { return 1; } }) {}', 'class Order'],
    ['const hidden = () => 1; export class Order { run = hidden; }', 'class Order'],
    ['export default function () { return 1; }', 'function default'],
    ['export default () => 1;', 'function default'],
    ['export default class { run() { return 1; } }', 'class default'],
  ])('%s: %s', (text, expected) => expect(judged(text)).toEqual([expected]));

  it('tells the place, and what to do instead', () => {
    const [violation] = found(
      'contract-content',
      contract('export const A = 1;\n\n  export function total() { return 1; }'),
    );
    expect(violation).toMatchObject({
      line: 3,
      column: 10,
      route: 'Offer it as a port or a query that the module implements or answers.',
    });
    expect(violation?.frame?.lines).toEqual(['', '  export function total() { return 1; }']);
  });
  it('some may be allowed', () => {
    const config = { rules: { 'contract-content': { allow: ['function'] } } };
    expect(judged('export function total() { return 1; }', config)).toEqual([]);
    expect(judged('export class Order { total() { return 1; } }', config)).toHaveLength(1);
  });
  it('a contract that can not be parsed is left to who reads the code', () => {
    expect(judged('export class {{{')).toEqual([]);
  });
});

describe('contract-reexport', () => {
  const judged = (text: string, ...targets: readonly string[]): string[] =>
    found('contract-reexport', contract(text, ...targets)).map(({ message }) => message);
  const said = (what: string): string[] => [`The contract of shop passes on ${what}.`];

  it.each([
    ["export { Order } from './order.js';", 'Order of src/shop/order.ts'],
    ["export { Order as PublicOrder } from './order.js';", 'Order of src/shop/order.ts as PublicOrder'],
    ["export type { Order } from './order.js';", 'Order of src/shop/order.ts'],
    ["export * from './order.js';", 'all of src/shop/order.ts'],
    ["export * as orders from './order.js';", 'all of src/shop/order.ts'],
    ["import { Order } from './order.js'; export { Order };", 'Order of src/shop/order.ts'],
    ["import Order from './order.js'; export { Order };", 'default of src/shop/order.ts as Order'],
    ["import * as orders from './order.js'; export { orders };", 'all of src/shop/order.ts as orders'],
  ])('%s', (text, expected) => expect(judged(text, 'src/shop/order.ts')).toEqual(said(expected)));

  it('what is no internal of the module may be passed on', () => {
    expect(judged("export { Money } from '../money.js';", 'src/money.ts')).toEqual([]);
    expect(judged("export { Paid } from '../billing/contract.js';", 'src/billing/contract.ts')).toEqual([]);
    expect(judged("export { z } from 'zod';")).toEqual([]);
  });
});

describe('contract-leak', () => {
  const internal = "import { Order, schema } from './order.js'; import type { Line } from './order.js';";
  const judged = (text: string): string[] =>
    found('contract-leak', contract(`${internal}\n${text}`, 'src/shop/order.ts')).map(
      ({ subject }) => subject,
    );

  it.each([
    ['export type Placed = Order;', ['Order']],
    ['export interface Placed { readonly lines: readonly Line[] }', ['Line']],
    ['export interface Placed extends Order {}', ['Order']],
    ['export const placed: Order = x;', ['Order']],
    ["export const Placed = event('shop.placed', { data: schema });", ['schema']],
    ["const data = schema; export const Placed = event('shop.placed', { data });", ['schema']],
    ['type Hidden = Line; export type Shown = Hidden[];', ['Line']],
    ["export type Placed = import('./order.js').Order;", ['Order']],
    ['export declare function place(order: Order): void;', ['Order']],
    ['interface Shown { a: Line } export { type Shown };', ['Line']],
    ['export default Order;', ['Order']],
    ['export class Placed { constructor(readonly order: Order) {} }', ['Order']],
  ])('%s: %j', (text, expected) => expect(judged(text)).toEqual(expected));

  it.each([
    "export const Placed = event('shop.placed', { key: (data) => Order.keyOf(data) });",
    'const hidden = schema; export const shown = 1;',
    'export interface Placed { Order: string; readonly schema: { readonly Line: number } }',
    'export const shown = { schema: 1 }.schema;',
    'type A = A[]; export type B = A;',
  ])('%s lets nothing out', (text) => expect(judged(text)).toEqual([]));

  it('names the export, the type and the file', () => {
    const [violation] = found(
      'contract-leak',
      contract(`${internal}\nexport type Placed = Order;`, 'src/shop/order.ts'),
    );
    expect(violation).toMatchObject({
      line: 2,
      message: 'Placed of the contract of shop lets out Order of src/shop/order.ts, which is internal.',
    });
  });
});

describe('contract-import', () => {
  const text =
    "import { Order } from './order.js'; export const Placed = event('shop.placed', { key: (data) => Order.keyOf(data) });";

  it('what a contract loads, everybody loads', () => {
    expect(found('contract-import', contract(text, 'src/shop/order.ts')).map(({ target }) => target)).toEqual(
      ['src/shop/order.ts'],
    );
  });
  it('types load nothing, and other modules are not internal', () => {
    const given = contract(text, 'src/shop/order.ts');
    expect(
      found('contract-import', {
        ...given,
        imports: [from(CONTRACT, 'src/shop/order.ts', { specifier: './order.js', isTypeOnly: true })],
      }),
    ).toEqual([]);
    expect(found('contract-import', contract("import '../money.js';", 'src/money.ts'))).toEqual([]);
  });
  it('what is told as passed on is not told again', () => {
    const given = contract("export { Order } from './order.js';", 'src/shop/order.ts');
    expect(judge(given).violations.map(({ rule }) => rule)).not.toContain('contract-import');
  });
});

describe('a folder contract/', () => {
  it('is the contract with all that is in it', () => {
    const path = 'src/shop/contract/index.ts';
    const files = {
      [path]: "export { Order } from './order.js'; export { Hidden } from '../hidden.js';",
      'src/shop/contract/order.ts': 'export function total() { return 1; }',
      'src/shop/module.ts': '',
    };
    const imports = [
      from(path, 'src/shop/contract/order.ts', { specifier: './order.js' }),
      from(path, 'src/shop/hidden.ts', { specifier: '../hidden.js' }),
    ];
    expect(found('contract-reexport', { files, imports }).map(({ subject }) => subject)).toEqual(['Hidden']);
    expect(found('contract-content', { files, imports }).map(({ path: where }) => where)).toEqual([
      'src/shop/contract/order.ts',
    ]);
  });
});
