import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  checkProject,
  drawGraph,
  format,
  loadRules,
  readProject,
  selfTest,
  updatedBaseline,
  whatIfMove,
} from '@mortar/boundaries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SHOP = 'apps/shop/src';
const project: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'acme', private: true, workspaces: ['apps/*', 'packages/*'] }),
  'apps/shop/package.json': JSON.stringify({
    name: '@acme/shop',
    type: 'module',
    dependencies: { '@acme/ui': '*', mortar: '*' },
  }),
  'packages/ui/package.json': JSON.stringify({
    name: '@acme/ui',
    type: 'module',
    exports: { '.': './src/index.ts' },
  }),
  'packages/core/package.json': JSON.stringify({
    name: '@acme/core',
    type: 'module',
    exports: './src/index.ts',
  }),
  'packages/core/src/index.ts': 'export const core = 1;\n',
  'packages/ui/src/index.ts': "export { button } from './button.js';\nimport '@acme/core';\n",
  'packages/ui/src/button.ts': "import pad from 'left-pad';\nexport const button = pad;\n",
  [`${SHOP}/main.ts`]: [
    "import { button } from '@acme/ui';",
    "import { hidden } from '@acme/ui/src/button.js';",
    "import { other } from '../../../packages/ui/src/button.js';",
    "import { orders } from './orders/module.js';",
    "import { Book } from './orders/domain/book.js';",
    "import './gone.js';",
    'await import(process.argv[2]);',
    'export { button, hidden, other, orders, Book };',
    '',
  ].join('\n'),
  [`${SHOP}/orders/contract.ts`]: [
    "import { command, event } from 'mortar';",
    "import type { Book } from './domain/book.js';",
    "export const OrderPlaced = event('orders.order-placed', { data: {} });",
    "export const PlaceOrder = command('orders.place-order', { data: {} });",
    'export interface Listed { readonly book: Book }',
    'export function total() { return 1; }',
    "export { table } from './infrastructure/table.js';",
    '',
  ].join('\n'),
  [`${SHOP}/orders/module.ts`]: [
    "import { defineModule } from 'mortar';",
    "import { OrderPlaced, PlaceOrder } from './contract.js';",
    "export const orders = defineModule('orders', (module) => {",
    '  module.handle(PlaceOrder, [], async ({ publish }) => { await publish(OrderPlaced, {}); });',
    '});',
    '',
  ].join('\n'),
  [`${SHOP}/orders/domain/book.ts`]:
    "import { Pool } from 'pg';\nimport { table } from '../infrastructure/table.js';\nexport class Book { pool = new Pool(); table = table; }\n",
  [`${SHOP}/orders/infrastructure/table.ts`]: "export const table = 'orders';\n",
  [`${SHOP}/billing/contract.ts`]:
    "import { event } from 'mortar';\nexport const Paid = event('billing.paid', { data: {} });\nexport interface Invoice { readonly id: string }\n",
  [`${SHOP}/billing/module.ts`]: [
    "import { defineModule } from 'mortar';",
    "import { OrderPlaced, type Listed } from '../orders/contract.js';",
    "import { Paid } from './contract.js';",
    "export const billing = defineModule('billing', (module) => {",
    '  module.on(OrderPlaced, async ({ publish }) => {',
    '    await publish(Paid, {});',
    '    await publish(OrderPlaced, {});',
    '  });',
    '});',
    'export type L = Listed;',
    '',
  ].join('\n'),
  [`${SHOP}/orders/application/pay.ts`]:
    "import type { Invoice } from '../../billing/contract.js';\nexport type I = Invoice;\n",
};

let root = '';

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'mortar-project-')));
  for (const [path, text] of Object.entries(project)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function check(): Promise<ReturnType<typeof checkProject>> {
  return checkProject(await readProject(root), await loadRules(root));
}

describe('a monorepo that has no configuration', () => {
  it('is told all that is wrong with it, each at its place', async () => {
    const { violations } = await check();
    expect(
      violations
        .map(({ rule, path, line, from, to }) => `${path.replace(SHOP, '…')}:${line} ${rule} ${from} → ${to}`)
        .sort(),
    ).toEqual(
      [
        '…/billing/module.ts:7 message-owner @acme/shop/billing → @acme/shop/orders',
        '…/billing/contract.ts:2 unused-contract @acme/shop/billing → billing.paid',
        '…/main.ts:2 package-exports @acme/shop → @acme/ui',
        '…/main.ts:3 package-exports @acme/shop → @acme/ui',
        '…/main.ts:5 contract-only @acme/shop → @acme/shop/orders',
        '…/main.ts:6 unresolved-import @acme/shop → ./gone.js',
        '…/main.ts:7 unanalysable-import @acme/shop → process.argv[2]',
        '…/orders/application/pay.ts:1 module-cycle @acme/shop/orders → @acme/shop/billing',
        '…/orders/contract.ts:4 unused-contract @acme/shop/orders → orders.place-order',
        '…/orders/contract.ts:5 contract-leak @acme/shop/orders → @acme/shop/orders',
        '…/orders/contract.ts:6 contract-content @acme/shop/orders → @acme/shop/orders',
        '…/orders/contract.ts:7 contract-reexport @acme/shop/orders → @acme/shop/orders',
        '…/orders/domain/book.ts:1 domain-packages @acme/shop/orders → pg',
        '…/orders/domain/book.ts:1 undeclared-dependency @acme/shop → pg',
        '…/orders/domain/book.ts:2 hexagonal @acme/shop/orders → @acme/shop/orders',
        'packages/ui/src/index.ts:2 undeclared-dependency @acme/ui → @acme/core',
        'packages/ui/src/button.ts:1 undeclared-dependency @acme/ui → left-pad',
      ].sort(),
    );
  });
  it('shows the code', async () => {
    const text = format(await check(), 'pretty');
    expect(text).toContain("> 5 | import { Book } from './orders/domain/book.js';");
  });
  it('is clean under a baseline of what is there', async () => {
    const graph = await readProject(root);
    const rules = await loadRules(root);
    const fresh = { owner: 'a', reason: 'b', expires: '2999-01-01' };
    const baseline = updatedBaseline(undefined, checkProject(graph, rules).violations, fresh, () => false);
    const { violations, baselined } = checkProject(graph, rules, { baseline });
    expect(violations).toEqual([]);
    expect(baselined).toHaveLength(17);
  });
  it('passes its own self-test, and is drawn', async () => {
    const graph = await readProject(root);
    const rules = await loadRules(root);
    expect(selfTest(graph, rules).filter(({ outcome }) => outcome === 'missed')).toEqual([]);
    expect(drawGraph(graph, rules, 'mermaid')).toContain('"@acme/shop/orders"');
    expect(drawGraph(graph, rules, 'html')).toContain('orders.order-placed');
  });
  it('is told what would be if a file lay elsewhere', async () => {
    const { added, removed } = whatIfMove(
      await readProject(root),
      await loadRules(root),
      `${SHOP}/orders/application/pay.ts`,
      'billing',
    );
    expect(removed.map(({ rule }) => rule)).toEqual(['module-cycle']);
    expect(added).toEqual([]);
  });
});
