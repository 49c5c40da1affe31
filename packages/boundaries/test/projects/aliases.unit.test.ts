import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { manifest, told, toldBy } from './checked.js';

/** The package @acme/core with a module in it, and @acme/ui, which names it in many ways. */
const packages: Files = {
  'package.json': JSON.stringify({ name: 'acme', private: true, workspaces: ['packages/*'] }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      baseUrl: '.',
      paths: { '~core/*': ['packages/core/src/*'], '@gone/*': ['nowhere/*'] },
    },
  }),
  'packages/core/package.json': manifest('@acme/core', { exports: './src/index.ts' }),
  'packages/core/src/index.ts': "import './stock/contract.js';\nexport const core = 1;\n",
  'packages/core/src/secret.ts': 'export const secret = 1;\n',
  'packages/core/src/stock/contract.ts': '',
  'packages/core/src/stock/module.ts': '',
  'packages/core/src/stock/shelf.ts': 'export const shelf = 1;\n',
};

/** The packages, with this text in the file of @acme/ui, and these fields in its package.json. */
function ui(text: string, fields: object = {}): Files {
  return {
    ...packages,
    'packages/ui/package.json': manifest('@acme/ui', { exports: './src/index.ts', ...fields }),
    'packages/ui/src/index.ts': `${text}\n`,
  };
}

const PLACE = 'packages/ui/src/index.ts:1';
const exported = [`${PLACE} package-exports @acme/ui → @acme/core`];
const undeclared = [`${PLACE} undeclared-dependency @acme/ui → @acme/core`];
const declared = { dependencies: { '@acme/core': '*' } };

describe('an alias of the compiler for another package', () => {
  it.each(['~core/index', '~core/index.js', 'packages/core/src/index'])(
    '%s leads to what is exported: the package has to be declared',
    async (specifier) => {
      expect(await told(ui(`import '${specifier}';`))).toEqual(undeclared);
      expect(await told(ui(`import '${specifier}';`, declared))).toEqual([]);
    },
  );
  it.each(['~core/secret', 'packages/core/src/secret', '~core/stock/shelf', '~core/stock/contract'])(
    '%s does not, and is told whether it is declared or not',
    async (specifier) => {
      expect(await told(ui(`import '${specifier}';`, declared))).toEqual(exported);
      expect(await told(ui(`import '${specifier}';`))).toEqual([...exported, ...undeclared]);
    },
  );
  it.each(["new URL('~core/index.ts', import.meta.url);", "import.meta.glob('packages/*.ts');"])(
    '%s is none',
    async (text) => expect(await toldBy('undeclared-dependency', ui(text))).toEqual([]),
  );
});

describe('a package that is declared by another name', () => {
  it.each([
    'workspace:@acme/core@*',
    'npm:@acme/core@^1',
    'file:../core',
    'link:../core',
    'workspace:../core',
  ])('%s is the same package', async (version) => {
    const fields = { dependencies: { heart: version } };
    expect(await told(ui("import 'heart';", fields))).toEqual([]);
    expect(await told(ui("import 'heart/src/secret.js';", fields))).toEqual(exported);
    const rules = { dependencies: [{ from: ['@acme/ui'], deny: ['@acme/core'] }] };
    expect(await toldBy('dependencies', ui("import 'heart';", fields), rules)).toEqual([
      `${PLACE} dependencies @acme/ui → @acme/core`,
    ]);
  });
  it.each(['npm:left-pad@^1', '^1', 'file:../../..', 'file:./none', 'github:acme/heart'])(
    '%s is none of the workspace',
    async (version) => {
      expect(await told(ui("import 'heart';", { dependencies: { heart: version } }))).toEqual([]);
    },
  );
  it('imports of package.json lead to it by its name', async () => {
    const fields = { imports: { '#core': '@acme/core' } };
    expect(await told(ui("import '#core';", { ...fields, ...declared }))).toEqual([]);
    expect(await told(ui("import '#core';", fields))).toEqual(undeclared);
  });
});

describe('a package that is neither declared nor installed', () => {
  it.each(['left-pad', 'left-pad/deep.js', '@scope/left-pad'])('%s is told', async (specifier) => {
    const name = specifier.replace('/deep.js', '');
    expect(await toldBy('undeclared-dependency', ui(`import '${specifier}';`))).toEqual([
      `${PLACE} undeclared-dependency @acme/ui → ${name}`,
    ]);
  });
  it.each([
    '@/page',
    '~/page',
    '@gone/page',
    'src/gone',
    'packages/gone',
    '$app/page',
    'virtual:page',
    '#page',
  ])('%s may be an alias', async (specifier) => {
    const files = { ...ui(`import '${specifier}';`), 'packages/ui/src/other.ts': '' };
    expect(await told(files)).toEqual([`${PLACE} unresolved-import @acme/ui → ${specifier}`]);
  });
});

describe('a package whose sources are not found', () => {
  const unbuilt = (specifier: string): Files => ({
    ...ui(`import '${specifier}';`, declared),
    'packages/core/package.json': manifest('@acme/core', {
      exports: { '.': './made/index.js', './stock': './made/stock.js' },
    }),
  });
  it.each([
    ['@acme/core', '@acme/core'],
    ['@acme/core/stock', '@acme/core/stock'],
    ['@acme/core/stock/shelf', '@acme/core/stock'],
    ['@acme/core/other', '@acme/core'],
  ])('%s depends on %s', async (specifier, id) => {
    const deny = (name: string) => ({ dependencies: [{ from: ['@acme/ui'], deny: [name] }] });
    const expected = [`${PLACE} dependencies @acme/ui → ${id}`];
    expect(await toldBy('dependencies', unbuilt(specifier), deny('@acme/core'))).toEqual(expected);
    expect(await toldBy('dependencies', unbuilt(specifier), deny('@acme/core/stock'))).toEqual(
      id === '@acme/core' ? [] : expected,
    );
  });
});

describe('a condition of exports that only who imports the package knows', () => {
  const conditions = JSON.stringify({ compilerOptions: { customConditions: ['@acme/source'] } });
  const own = {
    ...ui("import '@acme/core';\nimport '../../core/src/secret.js';", declared),
    'packages/core/package.json': manifest('@acme/core', {
      exports: { '.': { '@acme/source': './src/index.ts', default: './made/index.js' } },
    }),
  };
  it.each<[string, Files]>([
    ['of the root', { 'tsconfig.json': conditions }],
    ['of the importing package', { 'packages/ui/tsconfig.json': conditions }],
    [
      'of a base that it extends',
      { 'base.json': conditions, 'packages/ui/tsconfig.json': '{ "extends": "../../base.json" }' },
    ],
    ['of no tsconfig.json, but of a build tool', {}],
  ])('makes a door: %s', async (_, files) => {
    expect(await toldBy('package-exports', { ...own, ...files })).toEqual([
      'packages/ui/src/index.ts:2 package-exports @acme/ui → @acme/core',
    ]);
  });
});

describe('a file in the root', () => {
  const script = (path: string, name = 'scripts/build.ts'): Files => ({
    ...packages,
    [name]: `import '../packages/core/src/${path}';\n`,
  });
  it.each(['index.js', 'secret.js', 'stock/contract.js', 'stock/module.js'])(
    'may import %s of a package by its path',
    async (path) => expect(await toldBy('package-exports', script(path))).toEqual([]),
  );
  it.each(['index.js', 'secret.js', 'stock/contract.js', 'stock/module.js'])(
    'reaches %s without going past a contract',
    async (path) => expect(await toldBy('contract-only', script(path))).toEqual([]),
  );
  it('does not reach past the contract of a module in a package', async () => {
    expect(await toldBy('contract-only', script('stock/shelf.js'))).toEqual([
      'scripts/build.ts:1 contract-only acme → @acme/core/stock',
    ]);
    expect(await toldBy('contract-only', script('stock/shelf.js', 'test/stock.test.ts'))).toEqual([]);
  });
});
