/** A monorepo that knows nothing of Mortar, with one import past a package's exports. */
export const plainMonorepo: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "acme", "private": true, "workspaces": ["packages/*"] }',
  'packages/ui/package.json':
    '{ "name": "@acme/ui", "exports": "./src/index.ts", "dependencies": { "@acme/core": "*" } }',
  'packages/ui/src/index.ts': "import { total } from '@acme/core';\nexport const label = total();\n",
  'packages/core/package.json': '{ "name": "@acme/core", "exports": "./src/index.ts" }',
  'packages/core/src/index.ts': "export { total } from './sum.js';\n",
  'packages/core/src/sum.ts': 'export const total = (): number => 1;\nexport const secret = 2;\n',
};

/** The same with an import past the exports of `@acme/core`, in line 2 of `packages/ui/src/index.ts`. */
export const brokenMonorepo: Readonly<Record<string, string>> = {
  ...plainMonorepo,
  'packages/ui/src/index.ts':
    "import { total } from '@acme/core';\nimport { secret } from '../../core/src/sum.js';\nexport const label = total() + secret;\n",
};

/** Modules of Mortar, which meet by messages: billing hears of orders and asks for prices. */
export const mortarShop: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop-app", "dependencies": { "mortar": "*" } }',
  'src/shop/contract.ts': `import { command, event, query } from 'mortar';
export const OrderPlaced = event('shop.order-placed', { data: {} });
export const PlaceOrder = command('shop.place-order', { data: {} });
export const PriceOf = query('shop.price-of', { data: {} });
`,
  'src/shop/stock.ts': 'export const stock = new Map<string, number>();\n',
  'src/shop/module.ts': `import { defineModule } from 'mortar';
import { OrderPlaced, PlaceOrder, PriceOf } from './contract.js';
import { stock } from './stock.js';
export const shop = defineModule('shop', (module) => {
  module.handle(PlaceOrder, async ({ data, publish }) => {
    stock.clear();
    await publish(OrderPlaced, data);
  });
  module.answer(PriceOf, async () => 1);
});
`,
  'src/billing/contract.ts': `import { event } from 'mortar';
export const Charged = event('billing.charged', { data: {} });
`,
  'src/billing/module.ts': `import { defineModule } from 'mortar';
import { OrderPlaced, PriceOf } from '../shop/contract.js';
import { Charged } from './contract.js';
export const billing = defineModule('billing', (module) => {
  module.on(OrderPlaced, async ({ ask, publish }) => {
    await ask(PriceOf, {});
    await publish(Charged, {});
  });
});
`,
  'src/main.ts': `import { createApp } from 'mortar';
import { billing } from './billing/module.js';
import { shop } from './shop/module.js';
export const app = createApp({ modules: [shop, billing] });
`,
};

/** The same with an import past a contract. */
export const brokenShop: Readonly<Record<string, string>> = {
  ...mortarShop,
  'src/billing/charge.ts':
    "import { stock } from '../shop/stock.js';\nexport const charge = (): number => stock.size;\n",
};
