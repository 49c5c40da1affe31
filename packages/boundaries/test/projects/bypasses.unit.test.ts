import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { manifest, toldBy } from './checked.js';

/** Two modules; what stands in line 1 of `billing/a.ts` reaches into shop. */
const modules: Files = {
  'package.json': manifest('acme', {
    imports: { '#book': './src/shop/domain/book.ts', '#all/*': './src/*.ts' },
    exports: { '.': './src/main.ts', './hidden': './src/main.ts' },
  }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      baseUrl: '.',
      paths: { '@shop/*': ['src/shop/*'], book: ['src/shop/domain/book.ts'] },
    },
  }),
  'src/main.ts': '',
  'src/shop/contract.ts': '',
  'src/shop/module.ts': '',
  'src/shop/domain/book.ts': 'export class Book {}\nexport default Book;\n',
  'src/shop/domain/jsx-runtime.ts': '',
  'src/shop/domain/page.html': '',
  'src/shop/domain/page.css': '',
  'src/shop/domain/index.ts': "export * from './book.js';\n",
  'src/billing/contract.ts': '',
  'src/billing/module.ts': '',
};

/** What is said of a text in a file of billing. */
async function reached(text: string, name = 'src/billing/a.ts'): Promise<string[]> {
  return await toldBy('contract-only', { ...modules, [name]: `${text}\n` });
}

describe('no form of import reaches into a module past its contract', () => {
  it.each([
    "import { Book } from '../shop/domain/book.js'; new Book();",
    "import Book from '../shop/domain/book.js'; new Book();",
    "import * as all from '../shop/domain/book.js'; all;",
    "import '../shop/domain/book.js';",
    "import type { Book } from '../shop/domain/book.js'; export type B = Book;",
    "import { type Book } from '../shop/domain/book.js'; export type B = Book;",
    "import type * as all from '../shop/domain/book.js'; export type B = all.Book;",
    "import{Book}from'../shop/domain/book.js';new Book",
    "import /* a */ { /* b */ Book /* c */ } /* d */ from /* e */ '../shop/domain/book.js'; Book;",
    "import { 'Book' as B } from '../shop/domain/book.js'; B;",
    "import { Book } from '../shop/domain/book.js' with { type: 'x' }; Book;",
    "import defer * as late from '../shop/domain/book.js'; late;",
    "import source book from '../shop/domain/book.js'; book;",
    "export { Book } from '../shop/domain/book.js';",
    "export { Book as default } from '../shop/domain/book.js';",
    "export { default } from '../shop/domain/book.js';",
    "export type { Book } from '../shop/domain/book.js';",
    "export * from '../shop/domain/book.js';",
    "export * as shop from '../shop/domain/book.js';",
    "export type * from '../shop/domain/book.js';",
    "import book = require('../shop/domain/book.js'); book;",
    "export import book = require('../shop/domain/book.js');",
    "import type book = require('../shop/domain/book.js'); export type B = book.Book;",
    "const book = require('../shop/domain/book.js'); book;",
    'const { Book } = require(`../shop/domain/book.js`); Book;',
    "require.resolve('../shop/domain/book.js');",
    "require['resolve']('../shop/domain/book.js');",
    "require?.('../shop/domain/book.js');",
    "require<Book>('../shop/domain/book.js');",
    "(require)('../shop/domain/book.js');",
    "(0, require)('../shop/domain/book.js');",
    "module.require('../shop/domain/book.js');",
    "globalThis.require('../shop/domain/book.js');",
    "const load = require; load('../shop/domain/book.js');",
    "createRequire(import.meta.url)('../shop/domain/book.js');",
    "createRequire(import.meta.filename).resolve('../shop/domain/book.js');",
    "const load = createRequire(import.meta.url); load('../shop/domain/book.js');",
    "const require = createRequire(import.meta.url); require('../shop/domain/book.js');",
    "export const f = () => { const load: NodeRequire = module.createRequire(__filename); load.resolve('../shop/domain/book.js'); };",
    "await import('../shop/domain/book.js');",
    'await import(`../shop/domain/book.js`);',
    "await import(/* webpackChunkName: 'x' */ '../shop/domain/book.js');",
    "const path = '../shop/domain/book.js'; await import(path);",
    "await import('../shop/' + 'domain/book.js');",
    "await import(('../shop/domain/book.js'));",
    "await import(('../shop/' as const) + ('domain/book.js'));",
    "await import('../shop/domain/book.js' as const);",
    "await import('../shop/domain/book.js' as string, { with: { type: 'x' } });",
    "await import('../shop/domain/book.js' as unknown as Path<'a', 'b'>);",
    "await import('../shop/domain/book.js' satisfies string);",
    "await import(<string>'../shop/domain/book.js');",
    "await import('../shop/domain/book.js'!);",
    "require('../shop/domain/book.js' as string);",
    "const path = '../shop/domain/book.js' satisfies string; await import(path);",
    "const path = ('../shop/domain/book.js'); await import(path);",
    "const folder = '../shop/domain'; const path = folder + '/book.js'; await import(path);",
    "await import('../shop/domain/book.js', { with: { type: 'x' } });",
    "export const lazy = () => import('../shop/domain/book.js').then((all) => all.Book);",
    "export type B = import('../shop/domain/book.js').Book;",
    "export type B = typeof import('../shop/domain/book.js');",
    "export const b = <T extends import('../shop/domain/book.js').Book>(one: T) => one;",
    "/// <reference path='../shop/domain/book.ts' />",
    "new Worker(new URL('../shop/domain/book.js', import.meta.url));",
    "new URL('../shop/domain/book.js', import.meta.url);",
    "new URL('../shop/domain/book.js' as string, import.meta['url']);",
    "const path = '../shop/domain/book.js'; new URL(path, import.meta.url);",
    "const path = '../shop/domain/book.js'; new Worker(path, { type: 'module' });",
    "new Worker(('../shop/domain/book.js'));",
    "new globalThis.SharedWorker('../shop/domain/book.js');",
    "new threads.Worker(new URL(('../shop/' + 'domain/book.js'), import.meta.url));",
    "import.meta['resolve']('../shop/domain/book.js');",
    "import.meta.resolve?.('../shop/domain/book.js');",
    "vi?.mock('../shop/domain/book.js');",
    "import.meta.resolve('../shop/domain/book.js');",
    "import.meta.glob('../shop/domain/book.ts');",
    "import.meta.glob('../shop/**/book.ts');",
    "import.meta.glob(['!./none/*.ts', '../shop/domain/book.ts'] as const, { eager: true });",
    'import.meta.glob([`../shop/domain/book.ts`]);',
    "const pages = '../shop/domain/book.ts'; import.meta.glob([pages as string]);",
    "vi.mock('../shop/domain/book.js');",
    "vi.mock('./none.js', () => ({})).mock('../shop/domain/book.js');",
    "jest.unmock('./none.js')?.doMock('../shop/domain/book.js', () => f(1));",
    "import { mock } from 'node:test'; mock.module('../shop/domain/book.js', {});",
    "test('x', (t) => { t.mock.module('../shop/domain/book.js'); });",
    "import.meta.require('../shop/domain/book.js');",
    "import { createRequire as make } from 'node:module'; make(import.meta.url)('../shop/domain/book.js');",
    "import { createRequire as make } from 'node:module'; const r = make(import.meta.url); r('../shop/domain/book.js');",
    "const { createRequire: make } = await import('node:module'); make(import.meta.url)('../shop/domain/book.js');",
    "const f = () => { const { createRequire: make } = m; make(import.meta.url)('../shop/domain/book.js'); };",
    "const find = require.resolve; find('../shop/domain/book.js');",
    "const { resolve } = require; resolve('../shop/domain/book.js');",
    "const { resolve: find } = require; find('../shop/domain/book.js');",
    "require.requireActual('../shop/domain/book.js');",
    "require.resolveWeak('../shop/domain/book.js');",
    "module['require']('../shop/domain/book.js');",
    "globalThis[ 'require' ]?.('../shop/domain/book.js');",
    "/// <reference types='../shop/domain/book' />",
    "import.meta.glob('./b*.ts', { base: '../shop/domain' });",
    "jest.mock('../shop/domain/book.js', () => ({}));",
    "export {}; declare module '../shop/domain/book.js' { interface Book { b: 1 } }",
    "import { Book } from '../shop/domain/book.ts'; Book;",
    "import { Book } from '../shop/domain/book'; Book;",
    "import { Book } from '../shop/domain'; Book;",
    "import { Book } from '../shop/domain/'; Book;",
    "import { Book } from '../shop/domain/index.js'; Book;",
    "import { Book } from './../shop/./domain/../domain/book.js'; Book;",
    "import { Book } from '../../src/shop/domain/book.js'; Book;",
    "import { Book } from '@shop/domain/book.js'; Book;",
    "import { Book } from '@shop/domain/book'; Book;",
    "import { Book } from 'book'; Book;",
    "import { Book } from 'src/shop/domain/book.js'; Book;",
    "import { Book } from '#book'; Book;",
    "import { Book } from '#all/shop/domain/book'; Book;",
    "import { Book } from '../shop/domain/book.js?raw'; Book;",
    "import { Book } from '../shop/domain/b\\u006fok.js'; Book;",
    "import { shop } from '../shop/module.js'; shop;",
  ])('%s', async (text) => {
    expect(await reached(text)).toEqual(['src/billing/a.ts:1 contract-only billing → shop']);
  });

  it.each([
    "/** @type {import('../shop/domain/book.js').Book} */ export const b = 1;",
    "/** @import { Book } from '../shop/domain/book.js' */",
    "/** @type {import ('../shop/domain/book.js').Book} */ export const b = 1;",
    "/** @type {import('../shop/domain/book.js', { with: {} }).Book} */ export const b = 1;",
    "/** @param {import('../shop/domain/book.js').Book[]} books */ export function f(books) {}",
    "module.exports = require('../shop/domain/book.js');",
  ])('in JavaScript: %s', async (text) => {
    expect(await reached(text, 'src/billing/a.js')).toEqual([
      'src/billing/a.js:1 contract-only billing → shop',
    ]);
  });

  it.each([
    ['a.tsx', "export const A = () => <p title=\"import 'x'\">{import('../shop/domain/book.js')}</p>;"],
    ['a.tsx', "const f = <T,>(x: T) => x; import { Book } from '../shop/domain/book.js'; f(Book);"],
    ['a.jsx', "const a = <p>it's /* no comment */ <b>// nor this</b></p>; import '../shop/domain/book.js';"],
    ['a.tsx', '/** @jsxImportSource ../shop/domain */ export const A = () => <p />;'],
    ['a.mts', "import { Book } from '../shop/domain/book.js'; Book;"],
    ['a.cts', "import book = require('../shop/domain/book.js'); book;"],
    ['a.cjs', "const book = require('../shop/domain/book.js'); book;"],
    ['a.d.ts', "import type { Book } from '../shop/domain/book.js'; export declare const b: Book;"],
    ['a.vue', "<script setup lang='ts'>import { Book } from '../shop/domain/book.js'; Book;</script>"],
    ['a.vue', "<script>import './b.js'</script><script setup>import '../shop/domain/book.js';</script>"],
    [
      'a.svelte',
      "<script context='module' lang='ts'>import { Book } from '../shop/domain/book.js'; Book;</script>",
    ],
    ['a.vue', "<script src='../shop/domain/book.js'/><template></template>"],
    ['a.vue', `<template><p @click="() => import('../shop/domain/book.js')">a</p></template>`],
    [
      'a.vue',
      `<template><p v-if="import('../shop/domain/book.js')" /></template><script setup lang="ts">f();</script>`,
    ],
    ['a.vue', "<template><p>{{ import('../shop/domain/book.js') }}</p></template><script>f()</script>"],
    ['a.vue', `<template lang="pug">p(:title="import('../shop/domain/book.js')")</template>`],
    ['a.vue', '<template src="../shop/domain/page.html"></template>'],
    ['a.vue', "<style scoped src='../shop/domain/page.css' />"],
    ['a.svelte', "{#await import('../shop/domain/book.js') then all}<p />{/await}"],
    ['a.svelte', "<script>f()</script><p on:click={() => { import('../shop/domain/book.js'); }}>a</p>"],
    ['A.TS', "import { Book } from '../shop/domain/book.js'; Book;"],
    ['a b$(x).ts', "import { Book } from '../shop/domain/book.js'; Book;"],
    ['a.test.ts', "import { Book } from '../shop/domain/book.js'; Book;"],
  ])('in %s: %s', async (name, text) => {
    expect(await reached(text, `src/billing/${name}`)).toEqual([
      `src/billing/${name}:1 contract-only billing → shop`,
    ]);
  });

  it.each([
    ['a regular expression that looks like a comment', 'const r = /[/*]/; const q = 1 / 2 /* a */ / 3;'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    ['a template in a template', 'const t = `a ${`b ${"}"} \\` //`} c`;'],
    ['a string that ends in a backslash', "const s = 'a\\\\'; const d = '\\'';"],
    ['a hashbang', '#!/usr/bin/env node\n'],
    ['a byte order mark', '\uFEFF'],
    ['Windows line ends', 'const a = 1;\r\n\r\n'],
    ['line separators', 'const a = 1;\u2028const b = 2;\u2029'],
    ['a label and a block', 'outer: { /a/.test(""); }\n'],
    ['a division after a parenthesis', 'const d = (1) / 2; const e = [1] / 2;'],
    ['decorators', '@Injectable() class A { @Input() b = 1 }'],
    ['an unclosed bracket in a class of characters', 'if (true) /[(]/.exec("");'],
    ['generics', 'const x = f<A<B<C>>>(1); const y = a < b, z = c > d;'],
    ['a getter named import', 'class G { get import() { return 1; } from = 2 }'],
    ['import.meta', 'console.log(import.meta.url);'],
  ])('after %s', async (_, before) => {
    const after = `${before};import { Book } from '../shop/domain/book.js'; Book;`;
    expect((await reached(after)).map((one) => one.replace(/:\d+/, ''))).toEqual([
      'src/billing/a.ts contract-only billing → shop',
    ]);
  });
});

describe('what can not be followed is told', () => {
  it.each([
    'await import(process.argv[2]);',
    "await import('../shop/' + process.argv[2]);",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'await import(`../shop/${name}.js`);',
    "let path = '../shop/domain/book.js'; path = other; await import(path);",
    'require(name);',
    'import.meta.glob([path]);',
    "require.call(undefined, '../shop/domain/book.js');",
    "createRequire(other)('../shop/domain/book.js');",
    "const require = createRequire(other); require('../shop/domain/book.js');",
    'await import(path as string);',
    "['../shop/domain/book.js'].map(require);",
    "Promise.resolve('../shop/domain/book.js').then(require);",
    "require.ensure(['../shop/domain/book.js'], () => {});",
    'import \'data:text/javascript,import "/src/shop/domain/book.js"\';',
    "await import(isNew ? '../shop/domain/book.js' : '../shop/contract.js');",
    "const path = '../shop/domain/book.js'\n.replace('book', 'page'); await import(path);",
  ])('%s', async (text) => {
    const told = await toldBy('unanalysable-import', { ...modules, 'src/billing/a.ts': `${text}\n` });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^src\/billing\/a\.ts:\d unanalysable-import billing → /);
  });
});

describe('a name that is written with an escape', () => {
  it.each([
    "\\u0072equire('../shop/domain/book.js');",
    "requir\\u0065('../shop/domain/book.js');",
    'const r\\u{65}quire = 1;',
  ])('is told: %s', async (text) => {
    const told = await toldBy('unread-file', { ...modules, 'src/billing/a.ts': `${text}\n` });
    expect(told).toEqual(['src/billing/a.ts:1 unread-file billing → src/billing/a.ts']);
  });
  it.each(["const s = '\\u0072equire';", 'const r = /\\u0072/u;', 'const t = `\\u0072`; // \\u0072'])(
    'and what is no name is not: %s',
    async (text) => {
      expect(await toldBy('unread-file', { ...modules, 'src/billing/a.ts': `${text}\n` })).toEqual([]);
    },
  );
});

describe('what only looks like an import is none', () => {
  it.each([
    ['a.vue', "<template><p>import('../shop/domain/book.js')</p></template>"],
    ['a.vue', `<template><p title="import('../shop/domain/book.js')" /></template>`],
    ['a.vue', "<!-- {{ import('../shop/domain/book.js') }} --><template><p /></template>"],
    ['a.vue', "<template><p>{{ loader.import('../shop/domain/book.js') }}</p></template>"],
    ['a.svelte', "<p>import('../shop/domain/book.js')</p>{a}"],
    ['a.svelte', '<template src="../shop/domain/page.html"></template>'],
  ])('in %s: %s', async (name, text) => expect(await reached(text, `src/billing/${name}`)).toEqual([]));

  it.each([
    "// import '../shop/domain/book.js';",
    "/* import '../shop/domain/book.js'; */",
    'const s = "import \'../shop/domain/book.js\'";',
    "const t = `import '../shop/domain/book.js';`;",
    "const r = /import '..\\/shop\\/domain\\/book.js'/;",
    "loader.import('../shop/domain/book.js');",
    "loader.require('../shop/domain/book.js');",
    "load('../shop/domain/book.js');",
    "const load = require.main; load('../shop/domain/book.js');",
    "const { main } = require; main('../shop/domain/book.js');",
    "loader['require']('../shop/domain/book.js');",
    "if (typeof require === 'function') load(require, '../shop/domain/book.js');",
    "/** @jsxImportSource ../shop/domain */ export const a = '<p />';",
    "const load = createRequire; load('../shop/domain/book.js');",
    "new URL('../shop/domain/book.js', base);",
    "new URL('../shop/domain/book.js');",
    "new Loader('../shop/domain/book.js');",
    'new Worker(path);',
    "class Loader { import(path: string) { return path; } }\nnew Loader().import('../shop/domain/book.js');",
    "export const from = '../shop/domain/book.js';",
    "const o = { import: '../shop/domain/book.js', require: '../shop/domain/book.js' };",
    "export { o as from }; const o = 1; '../shop/domain/book.js';",
    "/** See {@link ../shop/domain/book.js} and import('../shop/domain/book.js') */ export const a = 1;",
    "import '../shop/contract.js';",
    "import type {} from '../shop/contract.js';",
    "export * from './contract.js';",
    "import { a } from './b.js'; a;",
  ])('%s', async (text) => expect(await reached(text)).toEqual([]));
});
