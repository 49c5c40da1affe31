import type { Sample } from './sample.js';

const APP = 'packages/app';

/** A small project that breaks no rule: an app of two modules, one with hexagonal layers, and a library. */
export const cleanSample: Sample = {
  packages: [
    { name: 'sample', folder: '.' },
    {
      name: '@sample/app',
      folder: APP,
      entries: [`${APP}/src/main.ts`],
      dependencies: { '@sample/lib': 'dependencies', mortar: 'dependencies' },
    },
    { name: '@sample/lib', folder: 'packages/lib', entries: ['packages/lib/src/index.ts'] },
  ],
  files: {
    [`${APP}/src/main.ts`]: '',
    [`${APP}/src/shop/contract.ts`]:
      "import { event, query } from 'mortar';\nexport const OrderPlaced = event('shop.order-placed', {});\nexport const Prices = query('shop.prices', {});\n",
    [`${APP}/src/shop/module.ts`]: '',
    [`${APP}/src/shop/domain/order.ts`]: '',
    [`${APP}/src/shop/application/place-order.ts`]: '',
    [`${APP}/src/shop/infrastructure/order-table.ts`]: '',
    [`${APP}/src/billing/contract.ts`]:
      "import { port } from 'mortar';\nexport const Credit = port('billing.credit', {});\n",
    [`${APP}/src/billing/module.ts`]: '',
    [`${APP}/src/billing/ledger.ts`]: '',
    'packages/lib/src/index.ts': '',
    'packages/lib/src/part/internal/secret.ts': '',
    'packages/lib/src/other.ts': '',
  },
  imports: [
    {
      from: `${APP}/src/main.ts`,
      to: `${APP}/src/shop/module.ts`,
      specifier: './shop/module.js',
      names: ['shop'],
    },
    {
      from: `${APP}/src/main.ts`,
      to: `${APP}/src/billing/module.ts`,
      specifier: './billing/module.js',
      names: ['billing'],
    },
    { from: `${APP}/src/main.ts`, to: 'packages/lib/src/index.ts', specifier: '@sample/lib' },
    { from: `${APP}/src/shop/module.ts`, to: 'npm:mortar' },
    {
      from: `${APP}/src/shop/module.ts`,
      to: `${APP}/src/billing/contract.ts`,
      specifier: '../billing/contract.js',
      names: ['Credit'],
    },
    {
      from: `${APP}/src/shop/application/place-order.ts`,
      to: `${APP}/src/shop/domain/order.ts`,
      specifier: '../domain/order.js',
    },
    {
      from: `${APP}/src/shop/infrastructure/order-table.ts`,
      to: `${APP}/src/shop/domain/order.ts`,
      specifier: '../domain/order.js',
    },
    {
      from: `${APP}/src/billing/module.ts`,
      to: `${APP}/src/shop/contract.ts`,
      specifier: '../shop/contract.js',
      names: ['OrderPlaced'],
    },
    { from: `${APP}/src/billing/module.ts`, to: `${APP}/src/billing/ledger.ts`, specifier: './ledger.js' },
  ],
  definitions: [
    { kind: 'event', name: 'shop.order-placed', path: `${APP}/src/shop/contract.ts`, line: 2 },
    { kind: 'query', name: 'shop.prices', path: `${APP}/src/shop/contract.ts`, line: 3 },
    { kind: 'port', name: 'billing.credit', path: `${APP}/src/billing/contract.ts`, line: 2 },
  ],
  uses: [
    { role: 'publish', name: 'shop.order-placed', path: `${APP}/src/shop/application/place-order.ts` },
    { role: 'answer', name: 'shop.prices', path: `${APP}/src/shop/module.ts` },
    { role: 'ask', name: 'shop.prices', path: `${APP}/src/main.ts` },
    { role: 'use', name: 'billing.credit', path: `${APP}/src/shop/module.ts` },
    { role: 'implement', name: 'billing.credit', path: `${APP}/src/billing/module.ts` },
    { role: 'subscribe', name: 'shop.order-placed', path: `${APP}/src/billing/module.ts` },
  ],
};

/** The sample with more in it; files and packages of the same name are replaced. */
export function planted(more: Partial<Sample>): Sample {
  const replaced = new Set((more.packages ?? []).map(({ folder }) => folder));
  return {
    packages: [
      ...cleanSample.packages.filter(({ folder }) => !replaced.has(folder)),
      ...(more.packages ?? []),
    ],
    files: { ...cleanSample.files, ...more.files },
    imports: [...cleanSample.imports, ...(more.imports ?? [])],
    definitions: [...(cleanSample.definitions ?? []), ...(more.definitions ?? [])],
    uses: [...(cleanSample.uses ?? []), ...(more.uses ?? [])],
    diagnostics: more.diagnostics ?? [],
  };
}
