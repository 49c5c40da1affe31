import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { check, lines, manifest } from './checked.js';

const CONTRACT = 'src/shop/contract.ts';
const modules: Files = {
  'package.json': manifest('acme', { dependencies: { mortar: '*' } }),
  'src/shop/module.ts': "import './contract.js';\n",
  'src/shop/book.ts': 'export class Book {}\nexport default Book;\nexport const make = () => new Book();\n',
  'src/shop/inner/index.ts': "export * from '../book.js';\n",
  'src/shop/contract-parts.ts': "export { Book } from './book.js';\n",
  'src/billing/contract.ts': 'export interface Invoice { readonly id: string }\n',
  'src/billing/module.ts': "import '../shop/contract.js';\nimport './contract.js';\n",
};

/** `rule subject` for all that is said of the contract of shop, read from a real folder. */
async function said(text: string): Promise<string[]> {
  const { violations } = await check({ ...modules, [CONTRACT]: `${text}\n` });
  return violations.filter(({ path }) => path === CONTRACT).map(({ rule, subject }) => `${rule} ${subject}`);
}

const type = "import type { Book } from './book.js';\n";
const value = "import { Book, make } from './book.js';\n";
const all = "import * as book from './book.js';\n";

describe('behaviour does not come into a contract', () => {
  it.each([
    ['function total() { return 1; }\nexport { total };', 'total'],
    ['const total = () => 1;\nexport { total as sum };', 'total'],
    ['function total() { return 1; }\nexport default total;', 'total'],
    ['function total() { return 1; }\nexport = total;', 'total'],
    ['export = function () { return 1; };', 'default'],
    ['export = class { total() { return 1; } };', 'default'],
    ['export namespace Money { export function add() { return 1; } }', 'add'],
    ['export namespace Money { export namespace Deep { export const add = () => 1; } }', 'add'],
    ['export namespace Money { export class Sum { add() { return 1; } } }', 'Sum'],
    ['namespace Money { export let rate = 1; }\nexport { Money };', 'rate'],
    ['export const total = Object.freeze({ add() { return 1; } });', 'total'],
    ['export const total = Object.assign(() => 1, { a: 1 });', 'total'],
    ['export const total = (0, () => 1);', 'total'],
    ['export const total = { add() { return 1; } }.add;', 'total'],
    ['export const total = true ? () => 1 : undefined;', 'total'],
    ['export const total = undefined ?? (() => 1);', 'total'],
    ['export const total = (() => 1)?.();', 'total'],
    ['export const total = ((): number => 1)();', 'total'],
    ['export const total = new Set([1]).size;', 'total'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code of a contract
    ['export const total = `${new Date()}`;', 'total'],
    ['export const total = 1 + (() => 1)();', 'total'],
    ['export const total = function* () {};', 'total'],
    ['export const total = async () => 1;', 'total'],
    ['export const total = (() => 1) as () => number;', 'total'],
    ['export const total = (() => 1) satisfies () => number;', 'total'],
    ['export const total = (() => 1)!;', 'total'],
    ['export var total = 1;', 'total'],
    ['export async function* total() {}', 'total'],
    ['export abstract class Total { sum() { return 1; } abstract of(): number }', 'Total'],
    ['export class Total { static of() { return 1; } }', 'Total'],
    ['export class Total { #sum() { return 1; } }', 'Total'],
    ['export class Total { accessor sum = () => 1; }', 'Total'],
    ['if (globalThis.x) register();', 'a statement'],
    ['globalThis.total = 1;', 'a statement'],
    ['export {};\n{ let hidden = 1; }', 'a statement'],
  ])('%s', async (text, subject) => expect(await said(text)).toEqual([`contract-content ${subject}`]));

  it.each([
    'export namespace Money { export interface Sum { readonly cents: number } export const ZERO = 0; }',
    'export declare namespace Money { function add(): number; let rate: number; }',
    'export declare class Total { sum(): number }',
    'export declare function total(): number;',
    'export const LIMITS = Object.freeze({ most: 3, least: -1 });',
    'export const NAMES = Object.keys({ a: 1 });',
    'function keyOf(data: { id: string }) { return data.id; }\nexport const KIND = { a: 1 };',
    "export const PATTERN = /^a+$/u;\nexport const BIG = 10n;\nexport const WEB = { a: [1, 'b', null, true] } as const;",
    'export const BOTH = { ...{ a: 1 }, b: 2 };',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code of a contract
    "const PREFIX = 'shop';\nexport const NAME = `${PREFIX}.book`;",
    'const SECOND = 1_000;\nexport const DAY = 24 * 60 * 60 * SECOND;\nexport const NONE = -1;',
    'export type Handler = (id: string) => Promise<void>;',
    'export default { a: 1 };',
    'export interface Port { find(id: string): Promise<string> }',
    'declare const build: string;\nexport type Build = typeof build;',
  ])('data is none: %s', async (text) => expect(await said(text)).toEqual([]));
});

describe('an internal name does not get out of a contract', () => {
  it.each([
    ["export { Book as default } from './book.js';", 'contract-reexport Book'],
    ["export { default } from './book.js';", 'contract-reexport default'],
    ["export { default as Book } from './book.js';", 'contract-reexport default'],
    ["export type { Book } from './inner/index.js';", 'contract-reexport Book'],
    ["export type * from './book.js';", 'contract-reexport book'],
    ["export * as books from './inner/index.js';", 'contract-reexport index'],
    ["export { Book } from './contract-parts.js';", 'contract-reexport Book'],
    [`${all}export { book };`, 'contract-reexport book'],
    [`${type}export type { Book as default };`, 'contract-reexport Book'],
    [`${value}export default Book;`, 'contract-leak Book'],
    [`${value}export const B = Book;`, 'contract-leak Book'],
    [`${value}export import B = Book;`, 'contract-leak Book'],
    [`${value}export = Book;`, 'contract-leak Book'],
    [`${all}export import B = book.Book;`, 'contract-leak book'],
    [`${all}import B = book.Book;\nexport type C = B;`, 'contract-leak book'],
    [`${all}export type C = book.Book;`, 'contract-leak book'],
    ["import book = require('./book.js');\nexport { book };", 'contract-leak book'],
    ["export import book = require('./book.js');", 'contract-leak book'],
    ["import book = require('./book.js');\nexport = book;", 'contract-leak book'],
    ["import type book = require('./book.js');\nexport type B = book.Book;", 'contract-leak book'],
    [`${type}declare global { interface Window { readonly book: Book } }`, 'contract-leak Book'],
    ["export const b: () => Promise<typeof import('./book.js')> = load;", 'contract-leak book'],
    [`${type}export const B: { new (): Book } = x;`, 'contract-leak Book'],
    [`${type}export class P { constructor(private readonly b: Book) {} }`, 'contract-leak Book'],
    [`${type}export class P { protected readonly b?: Book }`, 'contract-leak Book'],
    [`${value}export type X = ReturnType<typeof make>;`, 'contract-leak make'],
    [`${value}export const x = make();`, 'contract-leak make'],
    [`${value}export const E = schema({ b: make() });`, 'contract-leak make'],
    ["export namespace N { export type X = import('./book.js').Book }", 'contract-leak Book'],
    [`${type}export namespace N { export type X = Book }`, 'contract-leak Book'],
    [`${type}namespace N { export type X = Book }\nexport { N };`, 'contract-leak Book'],
    [`${type}export declare abstract class A extends Base<Book> {}`, 'contract-leak Book'],
    [`${type}export const [a, b]: Book[] = [];`, 'contract-leak Book'],
    [`${type}declare function f(b: Book): void;\nexport { f };`, 'contract-leak Book'],
    [`${type}export declare function f(b: Book): void;`, 'contract-leak Book'],
    [`${type}export declare function f(): asserts x is Book;`, 'contract-leak Book'],
    [`${type}export type T = { [K in keyof Book]: 1 };`, 'contract-leak Book'],
    [`${type}export type T = Book['id'];`, 'contract-leak Book'],
    [`${type}export type T = [first: Book, ...rest: Book[]];`, 'contract-leak Book'],
    [`${type}export type T<B extends Book = Book> = B;`, 'contract-leak Book'],
    [`${type}export type T = string extends infer S extends Book ? S : never;`, 'contract-leak Book'],
    [`${type}type A = Book;\ntype B = A;\ninterface C { b: B }\nexport type D = C;`, 'contract-leak Book'],
  ])('%s', async (text, expected) => {
    expect((await said(text)).filter((one) => !one.startsWith('contract-import'))).toEqual([expected]);
  });

  it.each([
    `${type}export class P { private b?: Book; #c?: Book }`,
    `${type}export class P { private of(b: Book): Book { return b; } }`,
    `${type}export type L<Book> = Book[];`,
    `${type}export type M = { [Book in 'a' | 'b']: Book };`,
    `${type}export declare function f<Book>(one: Book): Book;`,
    `${type}export interface L { Book: string }`,
    `${type}export const L = { Book: 1 };`,
    `${type}export enum L { Book }`,
    `${type}function inner(b: Book) { return b; }\nexport type X = 1;`,
    "import type { Invoice } from '../billing/contract.js';\nexport type X = Invoice;",
  ])('this is none: %s', async (text) => {
    expect((await said(text)).filter((one) => !one.startsWith('contract-content'))).toEqual([]);
  });

  it('a chain of files between does not hide it: what is passed on is not public', async () => {
    const files = {
      ...modules,
      [CONTRACT]: "export type { Shown } from './parts.js';\n",
      'src/shop/parts.ts': "export type { Book as Shown } from './inner/index.js';\n",
    };
    const { violations } = await check(files);
    expect(lines(violations.filter(({ severity }) => severity === 'error'))).toEqual([
      `${CONTRACT}:1 contract-reexport shop → shop`,
    ]);
  });
});

describe('a contract loads no internals', () => {
  it.each([
    "import './book.js';\nexport type X = 1;",
    "import { make } from './book.js';\nconst key = () => make();\nexport type X = 1;",
    "import { make } from './book.js';\nexport const E = event('shop.e', { key: (one) => make(one) });",
    "const lazy = () => import('./book.js');\nexport type X = 1;",
    "const book = require('./book.js');\nexport type X = 1;",
  ])('%s', async (text) =>
    expect((await said(text)).filter((one) => one.startsWith('contract-import'))).toEqual([
      'contract-import book',
    ]),
  );
});
