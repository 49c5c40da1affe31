import { describe, expect, it } from 'vitest';
import { check, manifest } from '../projects/checked.js';
import type { Files } from '../support/project.js';

const shop = (exports: object): Files => ({
  'package.json': '{ "name": "acme", "workspaces": ["packages/*"] }',
  'packages/billing/package.json': manifest('@acme/billing', { dependencies: { '@acme/shop': '*' } }),
  'packages/shop/package.json': manifest('@acme/shop', { exports, dependencies: { mortar: '*' } }),
  'packages/shop/src/contract.ts':
    "import { event } from 'mortar';\nexport const Placed = event('shop.placed', {});\n",
  'packages/shop/src/module.ts': "import { Placed } from './contract.js';\nexport const shop = [Placed];\n",
  'packages/shop/src/parts/price.ts': 'export const price = 1;\n',
  'packages/shop/src/parts/deep/tax.ts': 'export const tax = 1;\n',
});

/** The route for an import of a file of the shop by its path. */
async function routeFor(name: string, path: string, exports: object): Promise<string[]> {
  const text = `import { ${name} } from '../shop/src/${path}';\n`;
  const { violations } = await check({ ...shop(exports), 'packages/billing/index.ts': text });
  return violations.filter(({ rule }) => rule === 'package-exports').map(({ route }) => route);
}

describe('a route names the door that has what is wanted', () => {
  const doors = {
    '.': './src/contract.ts',
    './module': './src/module.ts',
    './parts/*': './src/parts/*.ts',
    './built': { types: './dist/module.d.ts', default: './dist/module.js' },
  };
  it.each([
    ['Placed', 'contract.js', '@acme/shop'],
    ['shop', 'module.js', '@acme/shop/built'],
    ['price', 'parts/price.js', '@acme/shop/parts/price'],
    ['tax', 'parts/deep/tax.js', '@acme/shop/parts/deep/tax'],
  ])('%s of %s is to be had from %s', async (name, path, specifier) =>
    expect(await routeFor(name, path, doors)).toEqual([
      `Import ${name} from "${specifier}", which exports it already.`,
    ]),
  );
  it('by the name alone where that leads to it', async () => {
    const exports = { './module': './src/module.ts', '.': './src/module.ts' };
    expect(await routeFor('shop', 'module.js', exports)).toEqual([
      'Import shop from "@acme/shop", which exports it already.',
    ]);
  });
  it('for what none has, it names the first', async () => {
    const exports = { './module': './src/module.ts' };
    expect(await routeFor('price', 'parts/price.js', exports)).toEqual([
      'Import from "@acme/shop/module"; if what you need is not there, export it from packages/shop/src/module.ts.',
    ]);
  });
});

it('a package of the workspace that is named for what is no code has to be declared too', async () => {
  const files = {
    ...shop({ '.': './src/contract.ts', './package.json': './package.json' }),
    'packages/ui/package.json': manifest('@acme/ui', {}),
    'packages/ui/index.ts':
      "import own from './package.json';\nimport other from '@acme/shop/package.json';\n",
    'packages/billing/index.ts': "import shop from '@acme/shop/package.json';\n",
  };
  const { violations } = await check(files);
  expect(
    violations
      .filter(({ rule }) => rule === 'undeclared-dependency')
      .map(({ path, line, to }) => [path, line, to]),
  ).toEqual([['packages/ui/index.ts', 2, '@acme/shop']]);
});
