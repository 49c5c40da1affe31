import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, mortar } from '../command.js';
import { brokenMonorepo, brokenShop, mortarShop, plainMonorepo } from './projects.js';

describe('mortar why', () => {
  test('shows the shortest way, over imports and messages', async () => {
    const { code, stdout, stderr } = await mortar(folderWith(mortarShop), 'why', 'billing', 'shop');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^billing → shop\n {2}src\/billing\/module\.ts:\d+:\d+ uses the (event|query) shop\.[a-z-]+\n$/,
    );
  });

  test('is as short as it can be, and goes by way of others', async () => {
    const folder = folderWith({
      'package.json': '{ "workspaces": ["p/*"] }',
      ...packageOf('a', ['b', 'c']),
      ...packageOf('b', ['d']),
      ...packageOf('c', ['e']),
      ...packageOf('d', ['e']),
      ...packageOf('e', []),
    });
    const { stdout } = await mortar(folder, 'why', 'a', 'e', '--json');
    const { way } = JSON.parse(stdout);
    expect(way.map(({ from, to }: { from: string; to: string }) => `${from}>${to}`)).toEqual(['a>c', 'c>e']);
    expect(way[0]).toEqual({
      from: 'a',
      to: 'c',
      kind: 'import',
      what: 'c',
      path: 'p/a/index.ts',
      line: 2,
      column: expect.any(Number),
    });
    expect(await mortar(folder, 'why', 'e', 'a')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('does not depend'),
    });
    expect(JSON.parse((await mortar(folder, 'why', 'e', 'a', '--json')).stdout).way).toBeNull();
    expect(await mortar(folder, 'why', 'p/a', './p/e/index.ts')).toMatchObject({ code: 0 });
  });

  test('of a package and what stands in it, as the graph draws it', async () => {
    const folder = folderWith(mortarShop);
    expect((await mortar(folder, 'why', 'shop-app', 'billing')).stdout).toBe(
      'shop-app → billing\n  src/main.ts:2:25 imports ./billing/module.js\n',
    );
    expect((await mortar(folder, 'graph')).stdout).toContain('m2["shop-app itself"]');
    expect((await mortar(folder, 'graph')).stdout).toMatch(/^ {2}m2 -->\|"1 import"\| m0$/m);
  });

  test('of packages whose code is in modules', async () => {
    const folder = folderWith({
      'package.json': '{ "workspaces": ["p/*"] }',
      ...modulePackage('shop', ''),
      ...modulePackage('billing', "import type { Total } from '@acme/shop';\nexport type Bill = Total;\n"),
    });
    expect(await mortar(folder, 'why', '@acme/billing', '@acme/shop')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^billing → shop\n {2}p\/billing\/src\/module\.ts:2:/),
    });
    const { code, stdout } = await mortar(folder, 'explain', '@acme/billing', '@acme/shop');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^p\/billing\/src\/contract\.ts may import p\/shop\/src\/contract\.ts\.\n/);
    expect(stdout).toContain('@acme/billing depends on @acme/shop now:\n  p/billing/src/module.ts:2 import');
  });

  test.each(['billng', '', '../..', '__proto__', '$(touch pwned)'])('%j is no module', async (name) => {
    const { code, stdout, stderr } = await mortar(folderWith(mortarShop), 'why', name, 'shop');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_OPTIONS_INVALID: /);
    if (name === 'billng') expect(stderr).toContain('Expected billing, perhaps');
  });

  test('of one and the same it says so', async () => {
    const { code, stdout } = await mortar(folderWith(plainMonorepo), 'why', 'ui', 'ui');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: '@acme/ui does not depend on itself by way of others.\n',
    });
  });
});

describe('mortar explain', () => {
  test('a way past the contract is not allowed, and the contract is', async () => {
    const folder = folderWith(mortarShop);
    const past = await mortar(folder, 'explain', 'src/billing/module.ts', 'src/shop/stock.ts', '--json');
    expect(past).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(past.stdout)).toMatchObject({
      isAllowed: false,
      from: { element: 'billing' },
      to: { element: 'shop', doors: ['src/shop/contract.ts'] },
      broken: [{ rule: 'contract-only', severity: 'error', route: expect.stringMatching(/\S/) }],
    });
    const door = await mortar(folder, 'explain', 'billing', 'shop');
    expect(door.code).toBe(0);
    expect(door.stdout).toMatch(/ may import src\/shop\/contract\.ts\.\n/);
    expect(door.stdout).toContain('billing depends on shop now:');
  });

  test.each([
    ['src/biling/charge.ts', 'src/billing/charge.ts, perhaps'],
    ['src/shop/stok.ts', 'src/shop/stock.ts, perhaps'],
    ['.', '"\\.", which has none'],
  ])('%s is answered with the nearest, or with what is wrong with it', async (name, said) => {
    const files = { ...brokenShop, 'package.json': '{ "name": "shop-app", "workspaces": ["src"] }' };
    const folder = folderWith({ ...files, 'src/package.json': '{ "name": "@shop/src" }' });
    const { code, stdout, stderr } = await mortar(folder, 'explain', name, 'billing');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(said));
  });

  test('is asked about a package of npm too', async () => {
    const folder = folderWith(mortarShop);
    const { code, stdout } = await mortar(folder, 'explain', 'billing', 'pg');
    expect(code).toBe(1);
    expect(stdout).toContain('breaks undeclared-dependency: shop-app imports pg,');
    const known = await mortar(folder, 'explain', 'billing', 'mortar', '--json');
    expect(known).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(known.stdout)).toMatchObject({ isAllowed: true, to: { element: 'mortar' }, places: 2 });
  });

  test('tells a violation that is there already', async () => {
    const { code, stdout } = await mortar(
      folderWith(brokenShop),
      'explain',
      'src/billing/charge.ts',
      'src/shop/stock.ts',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('may not import');
    expect(stdout).toContain('breaks contract-only');
  });

  test('says nothing of what is wrong elsewhere', async () => {
    const folder = folderWith(brokenMonorepo);
    const { code, stdout } = await mortar(folder, 'explain', '@acme/ui', '@acme/core', '--json');
    expect({ code, broken: JSON.parse(stdout).broken }).toEqual({ code: 0, broken: [] });
    expect(JSON.parse(stdout)).toMatchObject({ places: 2 });
  });

  test('a dependency that no package.json declares, and a circle, are told', async () => {
    const folder = folderWith(plainMonorepo);
    const { stdout, code } = await mortar(folder, 'explain', '@acme/core', '@acme/ui', '--json');
    const rules = JSON.parse(stdout).broken.map(({ rule }: { rule: string }) => rule);
    expect(code).toBe(1);
    expect(rules).toEqual(expect.arrayContaining(['undeclared-dependency', 'module-cycle']));
  });

  test('one module may import its own files', async () => {
    const { code, stdout } = await mortar(
      folderWith(mortarShop),
      'explain',
      'src/shop/module.ts',
      'src/shop/stock.ts',
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'src/shop/module.ts may import src/shop/stock.ts: both are of shop.\n',
    });
  });
});

describe('mortar what-if move', () => {
  test('tells what a move would break', async () => {
    const folder = folderWith(mortarShop);
    const { code, stdout } = await mortar(folder, 'what-if', 'move', 'src/shop/stock.ts', 'billing');
    expect(code).toBe(1);
    expect(stdout).toContain('src/shop/module.ts');
    expect(stdout).toContain('contract-only');
  });

  test('and what it would mend', async () => {
    const folder = folderWith(brokenShop);
    const { code, stdout } = await mortar(
      folder,
      'what-if',
      'move',
      'src/billing/charge.ts',
      'shop',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ removed: [{ rule: 'contract-only' }], added: [] });
  });

  test('to where it stands already asks nothing of anybody', async () => {
    const folder = folderWith(brokenShop);
    const ended = await mortar(folder, 'what-if', 'move', 'src/shop/stock.ts', 'shop');
    expect(ended).toEqual({
      code: 0,
      stdout: 'src/shop/stock.ts is of shop already.\nIt would break nothing and mend nothing.\n',
      stderr: '',
    });
    const { stdout } = await mortar(folder, 'what-if', 'move', 'src/shop/stock.ts', 'shop', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'src/shop/stock.ts',
      path: 'src/shop/stock.ts',
      added: [],
      removed: [],
      rewritten: [],
    });
  });

  test.each([
    ['src/shop/none.ts', 'billing'],
    ['shop', 'billing'],
    ['src/shop/stock.ts', 'nowhere'],
  ])('%s to %s is wrong use', async (file, module) => {
    expect(await mortar(folderWith(mortarShop), 'what-if', 'move', file, module)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^MORTAR_OPTIONS_INVALID: /),
    });
  });
});

describe('mortar graph and describe', () => {
  test.each([
    ['mermaid', /^flowchart LR\n/],
    ['dot', /^digraph/],
    ['html', /^<!doctype html>/i],
    ['json', /^\{/],
  ])('%s', async (format, pattern) => {
    const { code, stdout, stderr } = await mortar(folderWith(mortarShop), 'graph', '--format', format);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(pattern);
    for (const name of ['shop', 'billing']) expect(stdout).toContain(name);
  });

  test('says where there are more links than Mermaid draws', async () => {
    const names = Array.from({ length: 33 }, (_, index) => `p${index}`);
    const files = names.flatMap((name, index) => [
      [`packages/${name}/package.json`, `{ "name": "${name}" }`],
      [
        `packages/${name}/index.ts`,
        names
          .slice(0, index)
          .map((one) => `import '${one}';\n`)
          .join(''),
      ],
    ]);
    const root = { 'package.json': '{ "name": "many", "workspaces": ["packages/*"] }' };
    const folder = folderWith({ ...root, ...Object.fromEntries(files) });
    const mermaid = await mortar(folder, 'graph');
    expect(mermaid.stdout).toMatch(/^flowchart LR\n/);
    expect(mermaid.stderr).toMatch(/^These are 528 links\. .*--format html/);
    expect((await mortar(folder, 'graph', '--format', 'dot')).stderr).toBe('');
  });

  test('the canvas shows who owns, sends and takes what, without running it', async () => {
    const folder = folderWith({
      ...mortarShop,
      'src/shop/module.ts': `throw new Error('it was run');\n${mortarShop['src/shop/module.ts']}`,
    });
    const { code, stdout, stderr } = await mortar(folder, 'describe');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('module_shop -.->|"shop.order-placed"| module_billing');
    expect(stdout).toContain('module_billing -->|"query shop.price-of"| module_shop');
    expect(stdout).toContain('| Publishes | `shop.order-placed` |');
    expect(stdout).toContain('| Handles | `shop.order-placed` |');
    expect(stdout).toContain('| Commands | `shop.place-order` |');
    const { modules } = JSON.parse((await mortar(folder, 'describe', '--json')).stdout);
    expect(modules.map(({ name }: { name: string }) => name)).toEqual(['billing', 'shop']);
  });

  test('a monorepo that knows nothing of Mortar has no canvas, and is told of the graph', async () => {
    const { code, stdout, stderr } = await mortar(folderWith(plainMonorepo), 'describe');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('mortar graph');
  });

  test('empty folders have neither', async () => {
    for (const command of ['graph', 'describe']) {
      expect(await mortar(join(folderWith()), command)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^MORTAR_PROJECT_EMPTY: /),
      });
    }
  });
});

/** A package that is a module of Mortar, with these lines in its module.ts. */
function modulePackage(name: string, lines: string): Record<string, string> {
  const dependencies = { mortar: '*', '@acme/shop': '*' };
  return {
    [`p/${name}/package.json`]: JSON.stringify({
      name: `@acme/${name}`,
      exports: { '.': './src/contract.ts' },
      dependencies,
    }),
    [`p/${name}/src/contract.ts`]: 'export type Total = number;\n',
    [`p/${name}/src/module.ts`]: `import { defineModule } from 'mortar';\n${lines}export const it = defineModule('${name}', () => {});\n`,
  };
}

function packageOf(name: string, uses: readonly string[]): Record<string, string> {
  const dependencies = Object.fromEntries(uses.map((used) => [used, '*']));
  return {
    [`p/${name}/package.json`]: JSON.stringify({ name, exports: './index.ts', dependencies }),
    [`p/${name}/index.ts`]: `${uses.map((used) => `import '${used}';\n`).join('')}export const ${name} = 1;\n`,
  };
}
