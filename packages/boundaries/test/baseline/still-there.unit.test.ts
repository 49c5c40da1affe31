import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BaselineEntry, keyOf } from '../../src/baseline/baseline.js';
import { type StillThere, stillThereIn } from '../../src/baseline/still-there.js';
import { rulesFrom } from '../../src/config/load-rules.js';
import { readProject } from '../../src/graph/read-project.js';
import { createProject } from '../../src/model/project.js';
import { makeProject } from '../support/project.js';

const files = {
  'package.json': '{ "name": "acme", "dependencies": { "mortar": "1" } }',
  'src/shop/contract.ts': `import { event } from 'mortar';
export const OrderPlaced = event('shop.order-placed', {});
export interface Order { readonly id: string }
`,
  'src/shop/module.ts': '',
  'src/shop/book.ts': 'export const page = 1;\n',
  'src/shop/parts/cover.d.ts': 'export declare const cover: string;\n',
  'src/shop/View.vue': '<script setup lang="ts">\nconst a = 1;\n</script>\n',
  'src/billing/contract.ts': 'export type Invoice = string;\n',
  'src/billing/module.ts': '',
  'src/billing/bill.ts': 'export const Order = 1;\n',
  'src/start.ts': '',
};

let isThere: StillThere;
beforeEach(async () => {
  const graph = await readProject(makeProject(files));
  isThere = stillThereIn(createProject(graph, rulesFrom({})));
});

/** Whether a name still means something to an entry of a rule, with what is reached. */
function there(rule: string, to: string, name: string, subject = name): boolean {
  const identity = { rule, from: 'billing', to, subject };
  const rest = { places: [], owner: 'ann', reason: 'It was there.', expires: '2026-12-31' };
  const entry: BaselineEntry = { key: keyOf(identity), ...identity, ...rest };
  return isThere(entry, name);
}

describe('what a rule about doors names is a file of what it leads to, by its stem', () => {
  it.each([
    ['shop', 'book', true],
    ['shop', 'cover', true],
    ['shop', 'View', true],
    ['shop', 'module', true],
    // What is in a package is in it, however deep.
    ['acme', 'book', true],
    ['acme', 'start', true],
    ['shop', 'start', false],
    ['shop', 'bill', false],
    ['billing', 'book', false],
    ['shop', 'books', false],
    ['shop', 'Book', false],
    ['shop', 'book.ts', false],
    ['shop', 'src/shop/book', false],
    ['shop', 'cover.d', false],
    ['shop', 'parts', false],
    // What a file exports is none of its name.
    ['shop', 'page', false],
    ['shop', '', false],
    ['nowhere', 'book', false],
  ])('in %s: %s is there: %s', (to, name, expected) => {
    expect(there('contract-only', to, name)).toBe(expected);
    expect(there('private-folder', to, name)).toBe(expected);
  });
});

describe('what a rule about contracts names is what is exported', () => {
  const rules = ['contract-content', 'contract-leak', 'contract-reexport'];

  it.each([
    ['shop', 'Order', true],
    ['shop', 'OrderPlaced', true],
    ['shop', 'page', true],
    ['billing', 'Invoice', true],
    ['billing', 'Order', true],
    ['acme', 'Invoice', true],
    ['shop', 'Invoice', false],
    ['billing', 'OrderPlaced', false],
    ['shop', 'Orders', false],
    ['shop', 'book', false],
    ['nowhere', 'Order', false],
  ])('by %s: %s is there: %s', (to, name, expected) => {
    for (const rule of rules) expect([rule, there(rule, to, name)]).toEqual([rule, expected]);
  });

  it('of another rule whose id begins or ends so it is not', () => {
    for (const rule of ['contract-only', 'contract-content-x', 'x-contract-leak'])
      expect(there(rule, 'shop', 'Order')).toBe(false);
  });
});

it('a message is there whatever the rule is about, unless it is a circle', () => {
  for (const rule of [
    'message-owner',
    'message-place',
    'unused-contract',
    'contract-only',
    'contract-leak',
  ]) {
    expect(there(rule, 'shop', 'shop.order-placed')).toBe(true);
    expect(there(rule, 'billing', 'shop.order-placed')).toBe(true);
    expect(there(rule, 'shop', 'shop.order-paid')).toBe(false);
    expect(there(rule, 'shop', 'order-placed')).toBe(false);
  }
  expect(there('module-cycle', 'shop', 'shop.order-placed')).toBe(false);
  expect(there('file-cycle', 'shop', 'shop.order-placed')).toBe(false);
});

it.each(['module-cycle', 'message-cycle'])('in a circle of %s are modules and packages', (rule) => {
  for (const name of ['shop', 'billing', 'acme']) expect(there(rule, 'shop', name)).toBe(true);
  for (const name of ['src/shop', 'book', 'parts', 'acme/shop', ''])
    expect(there(rule, 'shop', name)).toBe(false);
});

describe('in a circle of files', () => {
  it.each([
    ['book.ts', 'book.ts cover.d.ts shop', true],
    ['cover.d.ts', 'book.ts cover.d.ts shop', true],
    ['shop', 'book.ts cover.d.ts shop', true],
    ['bill.ts', 'book.ts bill.ts billing shop', true],
    // Files of that name elsewhere are others.
    ['bill.ts', 'bill.ts book.ts shop', false],
    ['book.ts', 'book.ts x.ts billing', false],
    ['start.ts', 'book.ts start.ts shop', false],
    ['start.ts', 'book.ts start.ts acme', true],
    // A module is not the package that it stands in.
    ['book.ts', 'book.ts start.ts acme', false],
    ['ook.ts', 'book.ts ook.ts shop', false],
    ['book', 'book x.ts shop', false],
    ['gone.ts', 'gone.ts book.ts shop', false],
    // Where no module of the circle is there any more, any file may be it.
    ['bill.ts', 'bill.ts x.ts gone', true],
    ['src/start.ts', 'src/start.ts x.ts gone', true],
    ['none.ts', 'none.ts x.ts gone', false],
  ])('%s of %j is there: %s', (name, subject, expected) => {
    expect(there('file-cycle', 'shop', name, subject)).toBe(expected);
  });
});

it('no name of what is not in the project is there, whatever the rule', () => {
  const rule = fc.constantFrom(
    'contract-only',
    'contract-leak',
    'file-cycle',
    'module-cycle',
    'message-owner',
  );
  const to = fc.constantFrom('shop', 'billing', 'acme', 'nowhere');
  fc.assert(
    fc.property(rule, to, fc.stringMatching(/^x[a-z.*/]{0,6}$/), (one, where, name) => {
      expect(there(one, where, name)).toBe(false);
    }),
  );
});
