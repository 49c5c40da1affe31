import { describe, expect, it } from 'vitest';
import { check, manifest, toldBy } from '../projects/checked.js';
import type { Files } from '../support/project.js';

const dependencies = { mortar: '*', pg: '*', zod: '*', '@acme/db': '*', '@acme/money': '*' };
const project: Files = {
  'package.json': manifest('acme', { workspaces: ['packages/*'], dependencies }),
  'packages/db/package.json': manifest('@acme/db', { exports: './src/index.ts', dependencies: { pg: '*' } }),
  'packages/db/src/index.ts': "export * from './infrastructure/pool.js';\nexport * from './row.js';\n",
  'packages/db/src/infrastructure/pool.ts': "import { Pool } from 'pg';\nexport const pool = new Pool();\n",
  'packages/db/src/row.ts': 'export interface Row { readonly id: string }\n',
  'packages/money/package.json': manifest('@acme/money', {
    exports: './index.ts',
    dependencies: { pg: '*' },
  }),
  'packages/money/index.ts':
    "import type { Pool } from 'pg';\nexport type Money = number;\nexport type Source = Pool;\n",
  'src/clock.ts': 'export const clock = 1;\n',
  'src/domain/id.ts': 'export const id = 1;\n',
  'src/billing/contract.ts':
    "import { event } from 'mortar';\nexport const Billed = event('billing.billed', {});\n",
  'src/billing/module.ts': "import './contract.js';\n",
  'src/shop/contract.ts':
    "import { event } from 'mortar';\nimport type { Billed } from '../billing/contract.js';\nexport const Placed = event('shop.placed', {});\nexport type Both = typeof Billed;\n",
  'src/shop/module.ts': "import './infrastructure/table.js';\n",
  'src/shop/infrastructure/table.ts': "import '../domain/price.js';\n",
  'src/shop/domain/price.ts': 'export const price = 1;\n',
  'src/shop/errors.ts': 'export class NotFound extends Error {}\n',
};

/** What the two rules about domains say of one that holds these lines. */
async function said(text: string, more: Files = {}, config: object = {}): Promise<string[]> {
  const files = { ...project, 'src/shop/domain/order.ts': text, ...more };
  const { violations } = await check(files, config);
  return violations
    .filter(({ rule, path }) => /hexagonal|domain-packages/.test(rule) && path.endsWith('domain/order.ts'))
    .map(
      ({ rule, to, target, message }) =>
        `${rule} ${to} ${target ?? ''}${/ by way of /.test(message) ? ' by way' : ''}`,
    );
}

describe('the domain of a module knows', () => {
  it.each([
    ["import '../module.js';", ['hexagonal shop src/shop/module.ts']],
    ["import '../../billing/contract.js';", ['hexagonal billing src/billing/contract.ts']],
    [
      "import type { Billed } from '../../billing/contract.js';",
      ['hexagonal billing src/billing/contract.ts'],
    ],
    ["import '../../clock.js';", ['hexagonal acme src/clock.ts']],
    ["import { pool } from '@acme/db';\nexport const own = pool;", ['domain-packages pg  by way']],
    ["const { pool } = await import('@acme/db');", ['domain-packages pg  by way']],
    ["import '../infrastructure/table.js';", ['hexagonal shop src/shop/infrastructure/table.ts']],
  ])('not %s', async (text, expected) => expect(await said(text)).toEqual(expected));

  it.each([
    "import { price } from './price.js';",
    "import { z } from 'zod';",
    "import { fail } from 'mortar';",
    "import { Placed } from '../contract.js';",
    "import { NotFound } from '../errors.js';",
    "import { id } from '../../domain/id.js';",
    "import { Money } from '@acme/money';",
    "import type { Row } from '@acme/db';",
  ])('%s', async (text) => expect(await said(text)).toEqual([]));

  it('nothing of that by way of a file of its module either', async () => {
    const between = (text: string): Files => ({ 'src/shop/between.ts': text });
    const text = "import '../between.js';";
    expect(await said(text, between("import '../billing/contract.js';"))).toEqual([
      'hexagonal billing src/billing/contract.ts by way',
    ]);
    expect(await said(text, between("export * from '../clock.js';"))).toEqual([
      'hexagonal acme src/clock.ts by way',
    ]);
    expect(await said(text, between("import './module.js';"))).toEqual([
      'hexagonal shop src/shop/module.ts by way',
    ]);
    expect(await said(text, between("export * from '@acme/db';"))).toEqual(['domain-packages pg  by way']);
    expect(await said(text, between("export * from './errors.js';"))).toEqual([]);
  });

  it('what lies around it where a file there hides a driver', async () => {
    const clock = { 'src/clock.ts': "import 'pg';\n" };
    expect(await said("import '../../clock.js';", clock)).toEqual([
      'domain-packages pg  by way',
      'hexagonal acme src/clock.ts',
    ]);
  });

  it('what is shared where the configuration calls its folder a domain', async () => {
    const files = { 'src/kernel/id.ts': 'export const id = 1;\n' };
    const text = "import { id } from '../../kernel/id.js';";
    expect(await said(text, files)).toEqual(['hexagonal acme src/kernel/id.ts']);
    expect(await said(text, files, { hexagonal: { domain: ['domain', 'kernel'] } })).toEqual([]);
  });

  it('no types of others, unless types are left out', async () => {
    const text = "import type { Billed } from '../../billing/contract.js';";
    expect(await said(text, {}, { rules: { hexagonal: { types: false } } })).toEqual([]);
  });
});

it('the other layers may know other modules by their contracts', async () => {
  const text = "import '../../billing/contract.js';\nimport '../../clock.js';\n";
  for (const layer of ['application', 'infrastructure', 'api']) {
    expect(await toldBy('hexagonal', { ...project, [`src/shop/${layer}/a.ts`]: text })).toEqual([]);
  }
});
