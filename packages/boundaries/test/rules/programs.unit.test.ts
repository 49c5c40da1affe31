import { describe, expect, it } from 'vitest';
import { manifest, toldBy, violationsOf } from '../projects/checked.js';
import type { Files } from '../support/project.js';

const PUBLISH = `import { OrderPlaced } from '@acme/shop';
export const place = (app) => app.publish(OrderPlaced, {});
`;
const JOIN = `import { createApp } from 'mortar';
import { shop } from '@acme/shop/module';
import { place } from './place.js';
export const app = createApp({ modules: [shop] });
place(app);
`;
const uses = { dependencies: { mortar: '*', '@acme/shop': '*', '@acme/billing': '*' } };

/** Modules in packages of their own, and a program that joins them. */
const workspace: Files = {
  'package.json': manifest('acme', { workspaces: ['packages/*', 'apps/*'] }),
  ...moduleIn(
    'shop',
    "import { event } from 'mortar';\nexport const OrderPlaced = event('shop.order-placed', {});\n",
  ),
  ...moduleIn(
    'billing',
    "import { event } from 'mortar';\nexport const Charged = event('billing.charged', {});\n",
  ),
  'apps/server/package.json': manifest('@acme/server', uses),
  'apps/server/src/main.ts': JOIN,
  'apps/server/src/place.ts': PUBLISH,
};

function moduleIn(name: string, contract: string): Files {
  const exported = { '.': './src/contract.ts', './module': './src/module.ts', './all': './src/all.ts' };
  return {
    [`packages/${name}/package.json`]: manifest(`@acme/${name}`, { ...uses, exports: exported }),
    [`packages/${name}/src/contract.ts`]: contract,
    [`packages/${name}/src/module.ts`]: `import { defineModule } from 'mortar';\nexport const ${name} = defineModule('${name}', () => {});\n`,
    [`packages/${name}/src/all.ts`]: `export * from './contract.js';\nexport { ${name} } from './module.js';\n`,
  };
}

const foreign = ['apps/server/src/place.ts:2 message-owner @acme/server → shop'];

describe('a program publishes for the modules that it joins', () => {
  it.each<[string, Files]>([
    ['by the file that is imported there', {}],
    ['in one file', { 'apps/server/src/place.ts': `${JOIN.replace(/import { place.*\n/, '')}${PUBLISH}` }],
    ['later', { 'apps/server/src/main.ts': "const { shop } = await import('@acme/shop/module');\nshop;\n" }],
    [
      'through a file that passes all on',
      { 'apps/server/src/main.ts': "import { shop } from '@acme/shop/all';\nshop;\n" },
    ],
    [
      'beside modules of its own',
      {
        'apps/server/src/stock/contract.ts':
          "import { event } from 'mortar';\nexport const Sold = event('stock.sold', {});\n",
        'apps/server/src/stock/module.ts':
          "import { Sold } from './contract.js';\nexport const stock = Sold;\n",
      },
    ],
  ])('%s', async (_, more) => expect(await toldBy('message-owner', { ...workspace, ...more })).toEqual([]));

  it.each<[string, Files]>([
    [
      'that it does not join',
      { 'apps/server/src/main.ts': "import { billing } from '@acme/billing/module';\nbilling;\n" },
    ],
    [
      'of which it takes a type alone',
      {
        'apps/server/src/main.ts':
          "import type { shop } from '@acme/shop/module';\nexport type S = typeof shop;\n",
      },
    ],
    [
      'of which it takes the contract alone, from where both are passed on',
      {
        'apps/server/src/main.ts': "import { OrderPlaced } from '@acme/shop/all';\nOrderPlaced;\n",
        'packages/shop/src/all.ts':
          "export { OrderPlaced } from './contract.js';\nexport { shop } from './module.js';\n",
      },
    ],
    ['that its tests join alone', { 'apps/server/src/main.ts': '', 'apps/server/src/main.test.ts': JOIN }],
  ])('but not for one %s', async (_, more) =>
    expect(await toldBy('message-owner', { ...workspace, ...more })).toEqual(foreign),
  );

  it('nor does it answer for them', async () => {
    const code = `${JOIN}import { Stock } from '@acme/shop';\nexport const join = (module) => module.implement(Stock, {});\n`;
    const contract = "import { port } from 'mortar';\nexport const Stock = port('shop.stock');\n";
    const files = {
      ...workspace,
      'packages/shop/src/contract.ts': contract,
      'apps/server/src/main.ts': code,
    };
    expect(await toldBy('message-owner', files)).toEqual([
      'apps/server/src/main.ts:7 message-owner @acme/server → shop',
    ]);
  });
});

describe('no module speaks through a program', () => {
  const billing = 'packages/billing/src/module.ts';
  it('whose package it stands in', async () => {
    const own = { 'packages/billing/scripts/run.ts': JOIN, 'packages/billing/scripts/place.ts': PUBLISH };
    expect(await toldBy('message-owner', { ...workspace, ...own })).toEqual([]);
    const spoken = {
      ...own,
      [billing]: "import { place } from '../scripts/place.js';\nexport const billing = place;\n",
    };
    expect(await toldBy('message-owner', { ...workspace, ...spoken })).toEqual([
      'packages/billing/scripts/place.ts:2 message-owner @acme/billing → shop',
    ]);
  });
  it('by way of a file between', async () => {
    const spoken = {
      'packages/billing/scripts/run.ts': JOIN,
      'packages/billing/scripts/place.ts': PUBLISH,
      'packages/billing/scripts/between.ts': "export { place } from './place.js';\n",
      [billing]: "export const billing = () => import('../scripts/between.js');\n",
    };
    expect(await toldBy('message-owner', { ...workspace, ...spoken })).toEqual([
      'packages/billing/scripts/place.ts:2 message-owner @acme/billing → shop',
    ]);
  });
  it('and one that joins another publishes nothing of it', async () => {
    const code = `import { shop } from '@acme/shop/module';\n${PUBLISH}export const billing = shop;\n`;
    expect(await toldBy('message-owner', { ...workspace, [billing]: code })).toEqual([
      'packages/billing/src/module.ts:3 message-owner billing → shop',
    ]);
  });
});

it('what is to be done says so', async () => {
  const files = { ...workspace, 'apps/server/src/main.ts': '' };
  const [violation] = await violationsOf('message-owner', files);
  expect(violation?.route).toBe(
    'Dispatch a command to shop and let it publish OrderPlaced, or join shop here: a program that imports its module.ts, and that no module imports, may publish for it.',
  );
});
