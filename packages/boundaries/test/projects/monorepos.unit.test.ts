import { describe, expect, it } from 'vitest';
import type { Files } from '../support/project.js';
import { check, manifest, told, toldBy } from './checked.js';

const json = (value: unknown): string => JSON.stringify(value);
const uses = (name: string): object => ({ dependencies: { [name]: '*' } });
const BUTTON = "import { core } from '@acme/core';\nexport const button = core;\n";

/** The package @acme/core in `packages/core`, with these fields and files. */
function core(fields: object, files: Files = { 'src/index.ts': 'export const core = 1;\n' }): Files {
  const own = Object.entries(files).map(([path, text]) => [`packages/core/${path}`, text] as const);
  return {
    'packages/core/package.json': manifest('@acme/core', fields),
    ...Object.fromEntries(own),
  };
}

/** The package @acme/ui, which uses it. */
function ui(text: string = BUTTON, fields: object = uses('@acme/core')): Files {
  return {
    'packages/ui/package.json': manifest('@acme/ui', { exports: './src/index.ts', ...fields }),
    'packages/ui/src/index.ts': text,
  };
}

const npm: Files = { 'package.json': json({ name: 'acme', private: true, workspaces: ['packages/*'] }) };

describe('a file of the root that reaches into a package by its path', () => {
  const reach = "export { secret } from './packages/core/src/secret.js';\n";
  const files: Files = {
    ...npm,
    ...core(
      { exports: './src/index.ts' },
      { 'src/index.ts': '', 'src/secret.ts': 'export const secret = 1;\n' },
    ),
    'tool.ts': reach,
  };
  it('looks after it', async () => expect(await toldBy('package-exports', files)).toEqual([]));
  it('is no way for other packages to get there', async () => {
    const told = ['tool.ts:1 package-exports acme → @acme/core'];
    const direct = ui("import { secret } from '../../../tool.js';\nexport const button = secret;\n");
    expect(await toldBy('package-exports', { ...files, ...direct })).toEqual(told);
    const later = ui("export const button = () => import('../../../between.js');\n");
    const between = { 'between.ts': "export * from './tool.js';\n" };
    expect(await toldBy('package-exports', { ...files, ...later, ...between })).toEqual(told);
  });
  it('may be used by their tests, and for its types', async () => {
    const test = {
      'packages/ui/src/button.test.ts': "import { secret } from '../../../tool.js';\nsecret;\n",
    };
    expect(await toldBy('package-exports', { ...files, ...ui(), ...test })).toEqual([]);
    const typed = ui("import type { secret } from '../../../tool.js';\nexport type S = typeof secret;\n");
    expect(await toldBy('package-exports', { ...files, ...typed })).toEqual([]);
  });
});

describe('a monorepo that keeps its boundaries is told nothing', () => {
  it.each<[string, Files]>([
    ['npm workspaces', { ...npm, ...core({ exports: './src/index.ts' }), ...ui() }],
    [
      'yarn workspaces as an object',
      {
        'package.json': json({ name: 'acme', workspaces: { packages: ['packages/*'], nohoist: [] } }),
        ...core({ exports: './src/index.ts' }),
        ...ui(),
      },
    ],
    [
      'pnpm workspaces, with workspace: versions',
      {
        'package.json': json({ name: 'acme', private: true }),
        'pnpm-workspace.yaml': "packages:\n  - 'packages/*' # all of them\n  - '!**/test/**'\n",
        ...core({ exports: './src/index.ts' }),
        ...ui(BUTTON, { dependencies: { '@acme/core': 'workspace:^' } }),
      },
    ],
    [
      'exports with conditions',
      {
        ...npm,
        ...core({ exports: { '.': { types: './src/index.ts', import: './dist/index.js' } } }),
        ...ui(),
      },
    ],
    [
      'exports to what a build makes',
      {
        ...npm,
        ...core({ exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } }),
        'packages/core/tsconfig.json': json({ compilerOptions: { rootDir: 'src', outDir: 'dist' } }),
        ...ui(),
      },
    ],
    [
      'main and types instead of exports',
      { ...npm, ...core({ main: './dist/index.js', types: './src/index.ts' }), ...ui() },
    ],
    ['no main at all', { ...npm, ...core({}, { 'index.js': 'export const core = 1;\n' }), ...ui() }],
    [
      'subpaths with patterns',
      {
        ...npm,
        ...core(
          { exports: { './*': './src/*.ts', './internal/*': null } },
          { 'src/a.ts': 'export const a = 1;\n', 'src/internal/b.ts': '' },
        ),
        ...ui("import { a } from '@acme/core/a';\nexport const button = a;\n"),
      },
    ],
    [
      'paths of the compiler to the sources of a package',
      {
        ...npm,
        'tsconfig.json': json({ compilerOptions: { paths: { '@acme/*': ['./packages/*/src/index.ts'] } } }),
        ...core({ exports: './dist/index.js' }),
        ...ui(),
      },
    ],
    [
      'types of another package alone',
      {
        ...npm,
        ...core({ exports: './src/index.ts' }, { 'src/index.ts': 'export interface Core { a: 1 }\n' }),
        ...ui("import type { Core } from '@acme/core';\nexport type Button = Core;\n"),
      },
    ],
    [
      'packages of npm: declared, of the root, for types, of the runtime',
      {
        'package.json': json({ name: 'acme', workspaces: ['packages/*'], devDependencies: { vitest: '*' } }),
        ...ui(
          "import fs from 'fs';\nimport path from 'node:path';\nimport { z } from 'zod/v4';\nimport type { JSONSchema7 } from 'json-schema';\nimport { it } from 'vitest';\nexport const button = [fs, path, z, it];\nexport type J = JSONSchema7;\n",
          { dependencies: { zod: '*' }, devDependencies: { '@types/json-schema': '*' } },
        ),
      },
    ],
    [
      'optional and peer dependencies',
      {
        ...npm,
        ...ui("import react from 'react';\nexport const button = [react, import('canvas')];\n", {
          peerDependencies: { react: '*' },
          optionalDependencies: { canvas: '*' },
        }),
      },
    ],
    [
      'its own imports and its own name',
      {
        ...npm,
        ...core(
          { exports: './src/index.ts', imports: { '#parts/*': './src/parts/*.ts' } },
          {
            'src/index.ts': "export { part } from '#parts/one';\n",
            'src/parts/one.ts': 'export const part = 1;\n',
            'test/core.test.ts':
              "import { part } from '@acme/core';\nimport { part as same } from '../src/parts/one.js';\npart + same;\n",
          },
        ),
      },
    ],
    [
      'styles, pictures and JSON',
      {
        ...npm,
        ...ui(
          "import './a.css';\nimport logo from './logo.svg?url';\nimport data from './data.json' with { type: 'json' };\nexport const button = [logo, data];\n",
          {},
        ),
        'packages/ui/src/a.css': '',
        'packages/ui/src/logo.svg': '<svg/>',
        'packages/ui/src/data.json': '{}',
      },
    ],
    [
      'a circle of types alone',
      {
        ...npm,
        ...core(
          { exports: './src/index.ts' },
          {
            'src/index.ts': "import type { B } from './b.js';\nexport interface A { b: B }\n",
            'src/b.ts': "import { A } from './index.js';\nexport interface B { a: A }\n",
          },
        ),
      },
    ],
    [
      'scripts in the root that reach into packages',
      {
        ...npm,
        ...core({ exports: './src/index.ts' }),
        'scripts/build.ts': "import { core } from '../packages/core/src/index.js';\ncore;\n",
      },
    ],
    [
      'a folder named domain without layers, and one contract.ts that is about law',
      {
        'package.json': manifest('lawyers', { dependencies: { pg: '*' } }),
        'src/domain/names.ts': "import pg from 'pg';\nexport const names = pg;\n",
        'src/cases/contract.ts':
          "import { names } from './inside.js';\nexport class Contract { sign() { return names; } }\n",
        'src/cases/inside.ts': 'export const names = 1;\n',
        'src/main.ts':
          "import { names } from './cases/inside.js';\nimport { Contract } from './cases/contract.js';\nnew Contract(); names;\n",
      },
    ],
    [
      'what is generated, installed or ignored',
      {
        ...npm,
        '.gitignore': 'generated/\n',
        ...core({ exports: './src/index.ts' }),
        'packages/core/generated/a.ts': "import '../../ui/src/gone.js';\n",
        'packages/core/dist/index.js': "import './gone.js';\n",
        'packages/core/node_modules/x/index.js': "import './gone.js';\n",
        'packages/core/fixtures/bad.ts': "import './gone.js';\n",
      },
    ],
  ])('%s', async (_, files) => expect(await told(files)).toEqual([]));
});

describe('a package is entered by its name alone, and where it says', () => {
  const packages: Files = {
    ...npm,
    'tsconfig.json': json({ compilerOptions: { paths: { '~core/*': ['./packages/core/src/*'] } } }),
    ...core(
      { exports: { '.': './src/index.ts', './public': './src/public.ts' } },
      {
        'src/index.ts': 'export const core = 1;\n',
        'src/public.ts': '',
        'src/secret.ts': 'export const secret = 1;\n',
      },
    ),
  };
  it.each([
    '../../core/src/secret.js',
    '../../core/src/secret',
    '../../core/src/index.js',
    '../../core/src',
    '../../../packages/core/src/secret.ts',
    '@acme/core/src/secret.js',
    '@acme/core/src/secret',
    '~core/secret',
    '~core/secret.js',
  ])('%s', async (specifier) => {
    const files = { ...packages, ...ui(`import '${specifier}';\n`) };
    expect(await toldBy('package-exports', files)).toEqual([
      'packages/ui/src/index.ts:1 package-exports @acme/ui → @acme/core',
    ]);
  });
  it.each(['@acme/core', '@acme/core/public'])('%s is a door', async (specifier) => {
    const files = { ...packages, ...ui(`import '${specifier}';\n`) };
    expect(await told(files)).toEqual([]);
  });
  it('what exports lock with null is no door, though a pattern around it is', async () => {
    const files = {
      ...npm,
      ...core(
        { exports: { './*': './src/*.ts', './internal/*': null } },
        { 'src/a.ts': '', 'src/internal/b.ts': '' },
      ),
      ...ui(
        "import '@acme/core/a';\nimport '@acme/core/internal/b';\nimport '../../core/src/internal/b.js';\n",
      ),
    };
    const found = await told(files);
    expect(found.some((one) => one.startsWith('packages/ui/src/index.ts:1'))).toBe(false);
    expect(found.some((one) => one.startsWith('packages/ui/src/index.ts:2'))).toBe(true);
    expect(found).toContain('packages/ui/src/index.ts:3 package-exports @acme/ui → @acme/core');
  });
  it('the door of a package within a package is its own', async () => {
    const files: Files = {
      'package.json': json({ name: 'acme', workspaces: ['packages/*', 'packages/core/plugins/*'] }),
      ...core({ exports: './src/index.ts' }),
      'packages/core/plugins/one/package.json': manifest('@acme/one', {
        exports: './index.ts',
        ...uses('@acme/core'),
      }),
      'packages/core/plugins/one/index.ts':
        "import { core } from '../../src/index.js';\nexport const one = core;\n",
      'packages/core/plugins/one/inner.ts': 'export const inner = 1;\n',
      'packages/core/src/more.ts': "import '../plugins/one/inner.js';\n",
    };
    expect(await toldBy('package-exports', files)).toContain(
      'packages/core/src/more.ts:1 package-exports @acme/core → @acme/one',
    );
  });
});

describe('what a package.json does not declare', () => {
  it.each([
    ["import pad from 'left-pad';", 'left-pad'],
    ["import pad from 'left-pad/lib/pad.js';", 'left-pad'],
    ["import type { P } from '@scope/pad';", '@scope/pad'],
    ["export * from '@scope/pad/deep/er';", '@scope/pad'],
    ["const pad = require('left-pad');", 'left-pad'],
    ["await import('left-pad');", 'left-pad'],
    ["export type P = import('left-pad').P;", 'left-pad'],
    ["import { core } from '@acme/core';", '@acme/core'],
    ["import type { Core } from '@acme/core';", '@acme/core'],
  ])('%s', async (text, name) => {
    // They are there by luck: something else brought them into the node_modules of the root.
    const installed = Object.fromEntries(
      ['left-pad', '@scope/pad'].map((one) => [`node_modules/${one}/package.json`, manifest(one)]),
    );
    const files = {
      ...npm,
      ...installed,
      ...core({ exports: './src/index.ts' }),
      ...ui(`${text}\n`, {}),
    };
    expect(await toldBy('undeclared-dependency', files)).toEqual([
      `packages/ui/src/index.ts:1 undeclared-dependency @acme/ui → ${name}`,
    ]);
  });
  describe('and is not installed either', () => {
    const files = { ...npm, ...ui("import pad from 'left-pad';\nexport const button = pad;\n", {}) };
    it('is told once', async () => {
      const { violations } = await check(files);
      expect(violations.map(({ message }) => message)).toEqual([
        '@acme/ui imports left-pad, which packages/ui/package.json does not declare, nor is it installed.',
      ]);
    });
    it('leads nowhere where that need not be declared', async () => {
      expect(await told(files, { rules: { 'undeclared-dependency': 'off' } })).toEqual([
        'packages/ui/src/index.ts:1 unresolved-import @acme/ui → left-pad',
      ]);
    });
  });
  it.each([
    "import fs from 'fs';",
    "import { test } from 'node:test';",
    "import self from '@acme/ui';",
    "import './index.js';",
    "import data from 'data:text/javascript,1';",
    "import remote from 'https://example.org/a.js';",
    "import virtual from 'virtual:pages';",
    "import own from '#own';",
  ])('needs no declaration: %s', async (text) => {
    expect(await toldBy('undeclared-dependency', { ...npm, ...ui(`${text}\n`, {}) })).toEqual([]);
  });
});
