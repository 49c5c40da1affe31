import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { manifest, told, toldBy } from './checked.js';

/** Two modules in one package, and a package beside it, each with files that are no code. */
const project: Files = {
  'package.json': JSON.stringify({ name: 'acme', private: true, workspaces: ['packages/*'] }),
  '.gitignore': 'made/\n',
  'packages/ui/package.json': manifest('@acme/ui', {
    exports: { '.': './index.ts', './ui.css': './ui.css' },
  }),
  'packages/ui/index.ts': '',
  'packages/ui/ui.css': '',
  'packages/shop/package.json': manifest('@acme/shop', { dependencies: { '@acme/ui': '*' } }),
  'packages/shop/logo.svg': '',
  'packages/shop/src/orders/contract.ts': 'export const a = 1;\n',
  'packages/shop/src/orders/prices.json': '{}',
  'packages/shop/src/orders/made/client.js': '',
  'packages/shop/src/billing/contract.ts':
    "import { a } from '../orders/contract.js';\nexport type A = typeof a;\n",
  'packages/shop/src/billing/own.json': '{}',
  'packages/shop/src/orders/module.ts': "import '../billing/contract.js';\n",
  'packages/shop/src/billing/module.ts': '',
};
const PLACE = 'packages/shop/src/billing/a.ts';
const withCode = (text: string): Files => ({ ...project, [PLACE]: `${text}\n` });

describe('what is no code is internal to its module too', () => {
  it.each([
    "import prices from '../orders/prices.json' with { type: 'json' }; prices;",
    "import '../orders/prices.json?raw';",
    "require('../orders/prices.json');",
    "await import('../orders/prices.json');",
    "export { default as prices } from '../orders/prices.json';",
    "import '../orders/made/client.js';",
  ])('%s', async (text) => {
    expect(await toldBy('contract-only', withCode(text))).toEqual([
      `${PLACE}:1 contract-only @acme/shop/billing → @acme/shop/orders`,
    ]);
    const excluded = { exclude: ['**/orders/prices.json', '**/made/**'] };
    expect(await toldBy('contract-only', withCode(text), excluded)).toEqual([]);
  });
  it('also where a pattern names it', async () => {
    const found = await toldBy('contract-only', withCode("import.meta.glob('../orders/*.json');"));
    expect(found).toEqual([`${PLACE}:1 contract-only @acme/shop/billing → @acme/shop/orders`]);
    expect(await toldBy('contract-only', withCode("import.meta.glob('./*.json');"))).toEqual([]);
  });
  it('and to its package, by a path', async () => {
    expect(await toldBy('package-exports', withCode("import '../../../ui/ui.css';"))).toEqual([
      `${PLACE}:1 package-exports @acme/shop/billing → @acme/ui`,
    ]);
  });
  it.each([
    "import './own.json';",
    "import '../../logo.svg';",
    "import '../../package.json';",
    "import '../../../../package.json';",
    "import '@acme/ui/ui.css';",
    "new URL('../orders/prices.json', import.meta.url);",
  ])('this is none: %s', async (text) => {
    expect((await told(withCode(text))).filter((one) => one.startsWith(PLACE))).toEqual([]);
  });
  it('a module that is open as a whole has no inside', async () => {
    const open = { modules: [{ paths: ['packages/shop/src/*'], contract: ['**'] }] };
    expect(await toldBy('contract-only', withCode("import '../orders/prices.json';"), open)).toEqual([]);
  });
});
