import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../source/repository.js';

// What the page on boundaries says of a workspace with one package for each module, tried on one that is made as it says.

const page = readFileSync(join(root, 'docs', 'guide', '6-boundaries.md'), 'utf8');
const configuration = /```jsonc\n(?<text>\/\/ mortar\.config\.json\n[\s\S]*?)```/.exec(page)?.groups?.[
  'text'
];
const doors = /package\.json +"exports": (?<text>\{.*\})$/m.exec(page)?.groups?.['text'];

const LAYOUT: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true, "type": "module", "workspaces": ["packages/*", "apps/*"] }',
  'apps/server/package.json': packageFile('@acme/server', ['@acme/shop', '@acme/billing']),
  'apps/server/src/main.ts': `import { createApp } from 'mortar';
import { billing } from '@acme/billing/module';
import { shop } from '@acme/shop/module';
export const app = createApp({ modules: [shop, billing] });
`,
  'packages/shop/package.json': packageFile('@acme/shop', [], doors),
  'packages/shop/src/contract.ts': contractFile('shop.order-placed', 'OrderPlaced'),
  'packages/shop/src/module.ts': `import { defineModule } from 'mortar';
import { OrderPlaced } from './contract.js';
export const shop = defineModule('shop', (module) => module.publishes(OrderPlaced));
`,
  'packages/shop/src/prices.ts': 'export const prices = new Map();\n',
  'packages/billing/package.json': packageFile('@acme/billing', ['@acme/shop'], doors),
  'packages/billing/src/module.ts': `import { OrderPlaced } from '@acme/shop';
import { defineModule } from 'mortar';
export const billing = defineModule('billing', (module) => module.on(OrderPlaced, () => undefined));
`,
};
const WRONG: Readonly<Record<string, string>> = {
  'packages/billing/src/joined.ts': "export { shop } from '@acme/shop/module';\n",
  'packages/billing/src/inner.ts': "export { prices } from '@acme/shop/src/prices.js';\n",
  'packages/billing/src/owner.ts': `import { OrderPlaced } from '@acme/shop';
import { createApp } from 'mortar';
const app = await createApp({ modules: [] });
await app.publish(OrderPlaced, { orderId: 'order-1' });
`,
};

describe('a workspace with one package for each module', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mortar-workspace-'));
    write(LAYOUT);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has no violations as the page lays it out, with the configuration of the page and without', () => {
    expect(violations()).toEqual([]);
    write({ 'mortar.config.json': String(configuration) });
    expect(violations()).toEqual([]);
  });

  it('is held to its exports and to the owners of its messages without any', () => {
    write({ ...WRONG, 'mortar.config.json': '{}' });
    expect(violations()).toEqual([
      'packages/billing/src/inner.ts package-exports',
      'packages/billing/src/owner.ts message-owner',
    ]);
  });

  it('is held to its exports, its joining by programs, and the owners of its messages', () => {
    write({ ...WRONG, 'mortar.config.json': String(configuration) });
    expect(violations()).toEqual([
      'packages/billing/src/inner.ts package-exports',
      'packages/billing/src/joined.ts dependencies',
      'packages/billing/src/owner.ts message-owner',
    ]);
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  function violations(): string[] {
    const main = join(root, 'packages', 'cli', 'dist', 'main.js');
    const options = { encoding: 'utf8', cwd: folder } as const;
    const { stdout } = spawnSync(process.execPath, [main, 'check', '--root', folder, '--json'], options);
    const found: { violations: readonly { path: string; rule: string }[] } = JSON.parse(stdout);
    return found.violations.map(({ path, rule }) => `${path} ${rule}`);
  }
});

function packageFile(name: string, dependencies: readonly string[], exports = '{}'): string {
  const named = ['mortar', 'zod', ...dependencies].map((one) => `"${one}": "*"`);
  return `{ "name": "${name}", "type": "module", "exports": ${exports}, "dependencies": { ${named.join(', ')} } }`;
}

function contractFile(type: string, name: string): string {
  return `import { event } from 'mortar';
import { z } from 'zod';
export const ${name} = event('${type}', { data: z.object({ orderId: z.string() }) });
`;
}
