import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const config = (compilerOptions: object, rest: object = {}) => JSON.stringify({ compilerOptions, ...rest });

describe('paths', () => {
  it.each([
    ['./x', ['x.ts', 'x.js', 'x/index.ts'], 'x.ts'],
    ['./x.js', ['x.ts', 'x.js'], 'x.ts'],
    ['./x.js', ['x.tsx'], 'x.tsx'],
    ['./x.jsx', ['x.tsx'], 'x.tsx'],
    ['./x.mjs', ['x.mts'], 'x.mts'],
    ['./x.cjs', ['x.cts'], 'x.cts'],
    ['./x.js', ['x.js.ts', 'x.js'], 'x.js'],
    ['./x', ['x.d.ts'], 'x.d.ts'],
    ['./x', ['x.d.ts', 'x.js'], 'x.js'],
    ['./x.js', ['x.d.ts', 'x.jsx'], 'x.jsx'],
    ['./x', ['x.vue'], 'x.vue'],
    ['./x.vue', ['x.vue', 'x.vue.ts'], 'x.vue'],
    ['./x', ['x/index.tsx'], 'x/index.tsx'],
    ['./x/', ['x/index.ts', 'x.ts'], 'x/index.ts'],
    ['./x/', ['x.ts'], 'x.ts'],
    ['.', ['index.ts'], 'index.ts'],
    ['./x/y/..', ['x/index.ts', 'x.ts'], 'x/index.ts'],
    ['./!x/y', ['!x/y.ts'], '!x/y.ts'],
    ['./x!/y', ['x!/y.ts'], 'x!/y.ts'],
    ['./x!y.css', ['x!y.css'], 'asset x!y.css'],
    ['./!x/y', ['x/y.ts', 'y.ts'], 'unresolved'],
    ['./loader.js!./x.css', ['loader.js', 'x.css'], 'asset x.css'],
    ['!!raw!./x.ts', ['x.ts'], 'x.ts'],
    ['./x.css?inline', ['x.css'], 'asset x.css'],
    ['./x.json', ['x.json'], 'asset x.json'],
    ['style-loader!./x.css', ['x.css'], 'asset x.css'],
    ['./x.test', ['x.test.ts'], 'x.test.ts'],
  ])('%s among %j is %s', async (specifier, paths, expected) => {
    expect(await targetsOf({ ...emptyFiles(paths), 'a.ts': `import '${specifier}';` })).toEqual([expected]);
  });

  it('a folder stands for the main file of its package.json', async () => {
    const files = {
      'lib/package.json': '{ "main": "./out/it.js" }',
      'lib/out/it.ts': '',
      'lib/index.ts': '',
    };
    expect(await targetsOf({ ...files, 'a.ts': "import './lib';" })).toEqual(['lib/out/it.ts']);
  });

  it('links are followed to where the file is', async () => {
    const root = makeProject({ 'real/x.ts': '', 'a.ts': "import './link/x.js';\nimport './y.js';" });
    symlinkSync('real', join(root, 'link'));
    symlinkSync('real/x.ts', join(root, 'y.ts'));
    const { edges, files } = await readProject(root);
    expect(edges.map(({ to }) => to)).toEqual([
      { kind: 'file', path: 'real/x.ts' },
      { kind: 'file', path: 'real/x.ts' },
    ]);
    expect([...files.keys()]).toEqual(['a.ts', 'real/x.ts']);
  });
});

describe('tsconfig.json', () => {
  it.each([
    [
      'the longest pattern wins',
      { paths: { '*': ['./any/*'], '@/*': ['./src/*'], '@/deep/*': ['./deep/*'] } },
      '@/deep/x',
      'deep/x.ts',
    ],
    ['an exact one before all', { paths: { '@/*': ['./src/*'], '@/x': ['./any/x'] } }, '@/x', 'any/x.ts'],
    ['the first that is there', { paths: { '@/*': ['./nowhere/*', './src/*'] } }, '@/x', 'src/x.ts'],
    ['a pattern with an end', { paths: { '@/*-it': ['./src/*'] } }, '@/x-it', 'src/x.ts'],
    ['relative to baseUrl', { baseUrl: './src', paths: { '@/*': ['./*'] } }, '@/x', 'src/x.ts'],
    ['the root', { paths: { '@': ['.'] } }, '@', 'index.ts'],
    ['baseUrl alone', { baseUrl: '.' }, 'src/x', 'src/x.ts'],
    ['rootDirs', { rootDirs: ['./src', './any'] }, './only', 'any/only.ts'],
    ['suffixes', { moduleSuffixes: ['.ios', ''] }, './y', 'src/y.ios.ts'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how tsconfig.json writes it
    ['the folder of the configuration', { paths: { '@/*': ['${configDir}/src/*'] } }, '@/x', 'src/x.ts'],
  ])('%s', async (_, options, specifier, expected) => {
    const files = emptyFiles([
      'index.ts',
      'src/x.ts',
      'src/y.ts',
      'src/y.ios.ts',
      'any/x.ts',
      'any/only.ts',
      'deep/x.ts',
    ]);
    expect(
      await targetsOf({ ...files, 'tsconfig.json': config(options), 'src/a.ts': `import '${specifier}';` }),
    ).toEqual([expected]);
  });

  it('of several that are extended, the last one wins, and each is relative to its own folder', async () => {
    const files = {
      'tsconfig.json': JSON.stringify({ extends: ['./one/base.json', './two/base.json'] }),
      'one/base.json': config({ paths: { '@/*': ['./*'] } }),
      'two/base.json': config({ paths: { '@/*': ['./*'] } }),
      ...emptyFiles(['one/x.ts', 'two/x.ts']),
    };
    expect(await targetsOf({ ...files, 'a.ts': "import '@/x';" })).toEqual(['two/x.ts']);
  });

  it('one that is installed is extended', async () => {
    const files = {
      'tsconfig.json': JSON.stringify({ extends: '@acme/config/base' }),
      'node_modules/@acme/config/base.json': config({ baseUrl: '../../../src' }),
      'src/x.ts': '',
    };
    expect(await targetsOf({ ...files, 'a.ts': "import 'x';" })).toEqual(['src/x.ts']);
  });

  it.each([
    ['by its exports', '@l/cfg/base', { exports: { './base': './configs/base.json' } }, 'configs/base.json'],
    [
      'by its exports, without an ending',
      '@l/cfg',
      { exports: { '.': './configs/base' } },
      'configs/base.json',
    ],
    ['by its field tsconfig', '@l/cfg', { tsconfig: './configs/base.json' }, 'configs/base.json'],
    ['by the usual name', '@l/cfg', {}, 'tsconfig.json'],
    ['by a folder', '@l/cfg/configs', {}, 'configs/tsconfig.json'],
    ['by a path past its exports', '@l/cfg/configs/base', { exports: {} }, 'configs/base.json'],
  ])('one of a package is found %s, installed or of the workspace', async (_, name, manifest, path) => {
    const files = (folder: string) => ({
      'package.json': '{ "workspaces": ["packages/*"] }',
      [`${folder}/package.json`]: JSON.stringify({ name: '@l/cfg', ...manifest }),
      [`${folder}/${path}`]: config({ customConditions: ['it'], moduleSuffixes: ['.it'] }),
      'packages/app/tsconfig.json': JSON.stringify({ extends: name }),
      'packages/app/a.ts': "import './x';",
      ...emptyFiles(['packages/app/x.ts', 'packages/app/x.it.ts']),
    });
    for (const folder of ['packages/cfg', 'node_modules/@l/cfg', 'packages/app/node_modules/@l/cfg'])
      expect(await targetsOf(files(folder))).toEqual(['packages/app/x.it.ts']);
  });

  it.each(['@l/gone', '@l', '@l/cfg/gone'])('%s, which is not there, is told', async (name) => {
    const files = {
      'package.json': '{ "workspaces": ["packages/*"] }',
      'packages/cfg/package.json': '{ "name": "@l/cfg" }',
      'tsconfig.json': JSON.stringify({ extends: name }),
      'a.ts': '',
    };
    const { diagnostics } = await readProject(makeProject(files));
    expect(diagnostics.map(({ code }) => code)).toEqual(['tsconfig-missing']);
  });

  it('a file is of the one that refers to it', async () => {
    const files = {
      'tsconfig.json': JSON.stringify({
        files: [],
        references: [{ path: './tsconfig.app.json' }, { path: './tests' }],
      }),
      'tsconfig.app.json': config({ paths: { '@/*': ['./app/*'] } }, { include: ['app'] }),
      'tests/tsconfig.json': config({ paths: { '@/*': ['./*'] } }),
      ...emptyFiles(['app/x.ts', 'tests/x.ts']),
    };
    const code = { 'app/a.ts': "import '@/x';", 'tests/a.ts': "import '@/x';" };
    expect(await targetsOf({ ...files, ...code })).toEqual(['app/x.ts', 'tests/x.ts']);
  });
});

describe('names of modules that Node has', () => {
  const mapped = { paths: { util: ['./p/b/secret.ts'], 'fs/*': ['./p/*'] } };
  it.each([
    ['util', mapped, 'p/b/secret.ts'],
    ['fs/b/secret', mapped, 'p/b/secret.ts'],
    ['node:util', mapped, 'builtin util'],
    ['fs/promises', mapped, 'builtin fs/promises'],
    ['constants', { baseUrl: 'src' }, 'src/constants.ts'],
    ['path', { baseUrl: 'src' }, 'builtin path'],
    ['util', { paths: { '*': ['./out/*'] } }, 'builtin util'],
  ])('%s under %j is %s', async (specifier, options, expected) => {
    const files = {
      ...emptyFiles(['p/b/secret.ts', 'src/constants.ts']),
      'tsconfig.json': config(options),
      'a.ts': `import '${specifier}';`,
    };
    const root = makeProject(files);
    symlinkSync('/', join(root, 'out'));
    expect(await targetsIn(root)).toEqual([expected]);
  });
});

it.each([
  './'.concat('a/'.repeat(20_000), 'x'),
  'a/'.repeat(20_000).concat('x'),
  '!'.repeat(20_000),
  '#'.repeat(20_000),
])('an absurd path leads nowhere: %.12s…', async (specifier) => {
  const files = {
    'a.ts': `import '${specifier}';`,
    'tsconfig.json': config({ baseUrl: '.', rootDirs: ['.', 'b'] }),
  };
  expect(await targetsOf(files)).toEqual(['unresolved']);
});

it('imports of a package.json that lead to themselves lead nowhere', async () => {
  const files = { 'package.json': '{ "imports": { "#a": "#b", "#b": "#a" } }', 'a.ts': "import '#a';" };
  expect(await targetsOf(files)).toEqual(['unresolved']);
});

describe('packages of the workspace', () => {
  const root = { 'package.json': '{ "workspaces": ["packages/*"] }' };
  it.each([
    ['main', { main: './dist/index.js' }, 'it', 'packages/it/src/index.ts'],
    ['nothing at all', {}, 'it/src/x', 'packages/it/src/x.ts'],
    ['a string', { exports: './dist/index.mjs' }, 'it', 'packages/it/src/index.ts'],
    [
      'declarations of another ending',
      { exports: { '.': { types: './dist/index.d.mts' } } },
      'it',
      'packages/it/src/index.ts',
    ],
    [
      'a condition for sources',
      { exports: { '.': { source: './src/x.ts', default: './dist/index.js' } } },
      'it',
      'packages/it/src/x.ts',
    ],
    [
      'two folders of outputs',
      { exports: { './x': { import: './dist/esm/x.js', require: './dist/cjs/x.js' } } },
      'it/x',
      'packages/it/src/x.ts',
    ],
    ['a closed path', { exports: { './*': './src/*.ts', './x': null } }, 'it/x', 'unresolved it'],
    ['what is not there', { exports: { '.': './dist/gone.js' } }, 'it', 'unresolved it'],
  ])('%s', async (_, manifest, specifier, expected) => {
    const files = {
      ...root,
      'packages/it/package.json': JSON.stringify({ name: 'it', ...manifest }),
      ...emptyFiles(['packages/it/src/index.ts', 'packages/it/src/x.ts']),
    };
    expect(await targetsOf({ ...files, 'packages/a/a.ts': `import '${specifier}';` })).toEqual([expected]);
  });

  it('outDir and rootDir say where a source is', async () => {
    const files = {
      ...root,
      'packages/it/package.json': '{ "name": "it", "exports": "./made/main.js" }',
      'packages/it/tsconfig.json': config({ outDir: './made', rootDir: './code' }),
      'packages/it/code/main.ts': '',
    };
    expect(await targetsOf({ ...files, 'a.ts': "import 'it';" })).toEqual(['packages/it/code/main.ts']);
  });

  it.each([
    [
      'a condition that no tsconfig.json names',
      { '.': { '@it/source': './code/main.ts', default: './made/main.js' } },
    ],
    ['a condition that is the only one', { '@it/source': './code/main.ts' }],
  ])('%s applies where the others lead to no source', async (_, exported) => {
    const files = {
      ...root,
      'packages/it/package.json': JSON.stringify({ name: 'it', exports: exported }),
      'packages/it/code/main.ts': '',
    };
    expect(await targetsOf({ ...files, 'a.ts': "import 'it';" })).toEqual(['packages/it/code/main.ts']);
  });

  it('a condition of tsconfig.json applies', async () => {
    const files = {
      ...root,
      'tsconfig.json': config({ customConditions: ['@acme/source'] }),
      'packages/it/package.json':
        '{ "name": "it", "exports": { "@acme/source": "./lib/it.ts", "default": "./src/index.ts" } }',
      ...emptyFiles(['packages/it/lib/it.ts', 'packages/it/src/index.ts']),
    };
    expect(await targetsOf({ ...files, 'a.ts': "import 'it';" })).toEqual(['packages/it/lib/it.ts']);
  });
});

describe('files of one folder that are of different tsconfig.json', () => {
  const solution = {
    'tsconfig.json': '{ "files": [], "references": [{ "path": "./a.json" }, { "path": "./b.json" }] }',
    'src/a.ts': "import './view';",
    'src/b.ts': "import './view';",
  };
  it('look for the suffixes of their own', async () => {
    const files = {
      ...solution,
      'a.json': '{ "compilerOptions": { "moduleSuffixes": [".ios", ""] }, "files": ["src/a.ts"] }',
      'b.json': '{ "compilerOptions": { "moduleSuffixes": [".android", ""] }, "files": ["src/b.ts"] }',
      ...emptyFiles(['src/view.ios.ts', 'src/view.android.ts']),
    };
    expect(await targetsOf(files)).toEqual(['src/view.ios.ts', 'src/view.android.ts']);
  });
  it('have the rootDirs of their own', async () => {
    const files = {
      ...solution,
      'a.json': '{ "compilerOptions": { "rootDirs": ["src", "one"] }, "files": ["src/a.ts"] }',
      'b.json': '{ "compilerOptions": { "rootDirs": ["src", "two"] }, "files": ["src/b.ts"] }',
      ...emptyFiles(['one/view.ts', 'two/view.ts']),
    };
    expect(await targetsOf(files)).toEqual(['one/view.ts', 'two/view.ts']);
  });
});

describe('what is not of the project', () => {
  it.each([
    ['fs/promises', 'builtin fs/promises'],
    ['node:test', 'builtin test'],
    ['bun:sqlite', 'builtin bun:sqlite'],
    ['https://esm.sh/x', 'package https://esm.sh/x'],
    ['npm:chalk@5', 'package npm:chalk@5'],
    ['virtual:pages', 'unresolved'],
    ['declared', 'package declared'],
    ['declared/deep/x.js', 'package declared deep/x.js'],
    ['typed', 'package typed'],
    ['installed/x', 'package installed x'],
    ['stranger', 'unresolved stranger'],
    ['@half', 'unresolved'],
    ['', 'unresolved'],
  ])('%j is %s', async (specifier, expected) => {
    const files = {
      'package.json': '{ "dependencies": { "declared": "1" }, "devDependencies": { "@types/typed": "1" } }',
      'node_modules/installed/package.json': '{}',
    };
    expect(await targetsOf({ ...files, 'src/a.ts': `import '${specifier}';` })).toEqual([expected]);
  });
});

function emptyFiles(paths: readonly string[]): Files {
  return Object.fromEntries(paths.map((path) => [path, '']));
}

async function targetsOf(files: Files): Promise<readonly string[]> {
  return targetsIn(makeProject(files));
}

async function targetsIn(root: string): Promise<readonly string[]> {
  const { edges } = await readProject(root);
  return edges.map(({ to }) => {
    if (to.kind === 'file') return to.path;
    if (to.kind === 'asset') return `asset ${to.path}`;
    if (to.kind === 'builtin') return `builtin ${to.name}`;
    if (to.kind === 'package') return `package ${to.name}${to.subpath === '' ? '' : ` ${to.subpath}`}`;
    return to.kind === 'unresolved' && to.package !== undefined ? `unresolved ${to.package}` : to.kind;
  });
}
