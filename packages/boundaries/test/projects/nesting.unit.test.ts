import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { manifest, toldBy, violationsOf } from './checked.js';

/**
 * A package of modules in modules: shop has a module stock, which has a module shelf. Each has a contract, a module.ts, a file in a
 * folder, and an index that means nothing.
 */
const MODULES = [
  'src/shop',
  'src/shop/stock',
  'src/shop/stock/shelf',
  'src/billing',
  'src/billing/tax',
] as const;
const KINDS = ['contract.ts', 'module.ts', 'index.ts', 'inner/file.ts', 'inner/file.test.ts'] as const;

const base: Files = {
  'package.json': manifest('acme'),
  'src/main.ts': '',
  ...Object.fromEntries(
    MODULES.flatMap((folder) => KINDS.map((kind) => [`${folder}/${kind}`, 'export const x = 1;\n'])),
  ),
};

/** The modules that a file is in, the innermost first; written down from the folders alone. */
function chainOf(path: string): string[] {
  return MODULES.filter((folder) => path.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length);
}

/** The rule as the reference tells it, said once more in the plainest way. */
function mayImport(from: string, to: string): boolean {
  const around = chainOf(from);
  const crossed = chainOf(to)
    .filter((folder) => !around.includes(folder))
    .reverse();
  return crossed.every((folder) => {
    if (to === `${folder}/contract.ts`) return true;
    const [innermost] = around;
    const standsAround = innermost === undefined || folder.startsWith(`${innermost}/`);
    return standsAround && (to === `${folder}/module.ts` || from.endsWith('.test.ts'));
  });
}

function specifier(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 1);
  return `${up === '' ? './' : up}${to.replace(/ts$/, 'js')}`;
}

const paths = Object.keys(base).filter((path) => path.endsWith('.ts'));

describe('doors of modules in modules', () => {
  it('are held for every pair of files as the reference says', async () => {
    const pairs = paths.flatMap((from) => paths.filter((to) => to !== from).map((to) => [from, to] as const));
    const texts = new Map(paths.map((path) => [path, 'export const x = 1;\n']));
    for (const [from, to] of pairs) texts.set(from, `${texts.get(from)}import '${specifier(from, to)}';\n`);
    const found = await violationsOf('contract-only', { ...base, ...Object.fromEntries(texts) });
    const told = found.map(({ path, target }) => `${path} → ${target}`).sort();
    const wanted = pairs.filter(([from, to]) => !mayImport(from, to)).map(([from, to]) => `${from} → ${to}`);
    expect(wanted.length).toBeGreaterThan(100);
    expect(told).toEqual(wanted.sort());
  });

  it('a violation stands by itself: what else is imported changes nothing about it', async () => {
    const pair = fc
      .tuple(fc.constantFrom(...paths), fc.constantFrom(...paths))
      .filter(([from, to]) => from !== to);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(pair, { maxLength: 8, selector: (one) => one.join() }),
        async (pairs) => {
          const texts = new Map<string, string>();
          for (const [from, to] of pairs)
            texts.set(from, `${texts.get(from) ?? ''}import '${specifier(from, to)}';\n`);
          const found = await violationsOf('contract-only', { ...base, ...Object.fromEntries(texts) });
          expect(found.map(({ path, target }) => `${path} → ${target}`).sort()).toEqual(
            pairs
              .filter(([from, to]) => !mayImport(from, to))
              .map(([from, to]) => `${from} → ${to}`)
              .sort(),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('what is a module', () => {
  const reach = "import '../a/inside.js';\n";
  const inside = { 'package.json': manifest('acme'), 'src/a/inside.ts': '', 'src/b/reach.ts': reach };
  it.each<[string, Files, boolean]>([
    ['a contract.ts beside a module.ts', { 'src/a/contract.ts': '', 'src/a/module.ts': '' }, true],
    ['a contract.ts with a sibling that has one', { 'src/a/contract.ts': '', 'src/b/contract.ts': '' }, true],
    [
      'a contract.ts that defines messages',
      {
        'package.json': manifest('acme', { dependencies: { mortar: '*' } }),
        'src/a/contract.ts':
          "import { event } from 'mortar';\nexport const A = event('a.a', { data: {} });\n",
      },
      true,
    ],
    ['a folder contract with an index', { 'src/a/contract/index.ts': '', 'src/a/module.ts': '' }, true],
    [
      'a module.ts that imports Mortar',
      { 'src/a/module.ts': "import { defineModule } from 'mortar';\ndefineModule;\n" },
      true,
    ],
    ['a contract in JavaScript', { 'src/a/contract.js': '', 'src/a/module.js': '' }, true],
    ['a lone contract.ts', { 'src/a/contract.ts': '' }, false],
    [
      'a module.ts that does not',
      { 'src/a/module.ts': "import { Module } from '@nestjs/common';\nModule;\n" },
      false,
    ],
    ['an index', { 'src/a/index.ts': '' }, false],
    ['contracts of something else', { 'src/a/contracts.ts': '', 'src/b/contracts.ts': '' }, false],
    ['a contract that is a test', { 'src/a/contract.test.ts': '', 'src/b/contract.test.ts': '' }, false],
  ])('%s', async (_, files, isModule) => {
    expect(await toldBy('contract-only', { ...inside, ...files })).toHaveLength(isModule ? 1 : 0);
  });
  it('is not looked for where the configuration says so', async () => {
    const files = { ...inside, 'src/a/contract.ts': '', 'src/a/module.ts': '' };
    expect(await toldBy('contract-only', files, { discover: false })).toEqual([]);
  });
  it('is also what the configuration calls one, by folders and by files', async () => {
    const config = { modules: [{ paths: ['src/*'], contract: ['api/*.ts'] }] };
    const files: Files = { ...inside, 'src/a/api/x.ts': '', 'src/b/use.ts': "import '../a/api/x.js';\n" };
    expect(await toldBy('contract-only', files, config)).toEqual(['src/b/reach.ts:1 contract-only b → a']);
    const single = { modules: [{ paths: ['src/a/*.ts'], name: 'a/{1}' }] };
    expect(await toldBy('contract-only', inside, single)).toHaveLength(1);
  });
  it('two folders with the same name in a pattern are one', async () => {
    const config = { modules: [{ paths: ['src/*', 'web/*'], name: '{1}', contract: ['index.ts'] }] };
    const files: Files = {
      ...inside,
      'web/a/page.ts': "import '../../src/a/inside.js';\n",
      'web/b/page.ts': '',
    };
    expect(await toldBy('contract-only', files, config)).toEqual(['src/b/reach.ts:1 contract-only b → a']);
  });
});

describe('folders named internal', () => {
  const on = {
    'package.json': manifest('acme'),
    'src/a/internal/x.ts': '',
    'src/a/internal/internal/y.ts': '',
  };
  it.each<[string, string, number]>([
    ['src/a/b.ts', './internal/x.js', 0],
    ['src/a/deep/b.ts', '../internal/x.js', 0],
    ['src/a/internal/b.ts', './internal/y.js', 0],
    ['src/b.ts', './a/internal/x.js', 1],
    ['src/b/b.ts', '../a/internal/x.js', 1],
    ['src/a/b.ts', './internal/internal/y.js', 1],
    ['test/b.test.ts', '../src/a/internal/x.js', 0],
  ])('%s imports %s', async (path, to, expected) => {
    expect(await toldBy('private-folder', { ...on, [path]: `import '${to}';\n` })).toHaveLength(expected);
  });
});
