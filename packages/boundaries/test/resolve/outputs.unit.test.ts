import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { told, toldBy } from '../projects/checked.js';
import { type Files, lineOf, makeProject } from '../support/project.js';

const workspace = {
  'package.json': '{ "workspaces": ["packages/*"] }',
  '.gitignore': 'dist\nsrc/generated\n*.gen.ts\n',
};

describe('what a build makes of all of a package', () => {
  it.each([
    ['is of the entry, where it is called as the package', './dist/ui.js', ['src/index.ts'], 'src/index.ts'],
    ['is of the entry, as Vite calls it', './dist/ui.umd.cjs', ['src/main.tsx'], 'src/main.tsx'],
    ['is of the entry, which is called otherwise', './dist/index.js', ['lib/main.ts'], 'lib/main.ts'],
    ['is of what is called as it is', './dist/ui.js', ['src/index.ts', 'src/ui.ts'], 'src/ui.ts'],
    [
      'is what is built, where there is no source',
      './dist/ui.js',
      ['dist/ui.js'],
      'asset packages/ui/dist/ui.js',
    ],
    [
      'is what is built, though it has no code',
      './dist/ui.css',
      ['src/index.ts', 'dist/ui.css'],
      'asset packages/ui/dist/ui.css',
    ],
    ['is nothing, where it is called as nothing else', './dist/gone.js', ['src/index.ts'], 'unresolved'],
  ])('%s', async (_, exported, paths, expected) => {
    const files = {
      ...workspace,
      'packages/ui/package.json': JSON.stringify({ name: '@x/ui', exports: { '.': exported } }),
      ...Object.fromEntries(paths.map((path) => [`packages/ui/${path}`, ''])),
      'a.ts': "import '@x/ui';",
    };
    const [target = ''] = await targetsOf(files);
    expect(target.replace(/^packages\/ui\//, '')).toBe(expected);
  });

  it('is a door of the package', async () => {
    const files = {
      ...workspace,
      'packages/ui/package.json': JSON.stringify({ name: '@x/ui', exports: './dist/ui.js' }),
      'packages/ui/src/index.ts': '',
    };
    const { packages } = await readProject(makeProject(files));
    expect(packages.find(({ name }) => name === '@x/ui')?.entries).toEqual(['packages/ui/src/index.ts']);
  });

  it('is not preferred to a source that another condition names', async () => {
    const exported = { '.': { types: './types/index.d.ts', default: './code/it.js' } };
    const files = {
      ...workspace,
      'packages/ui/package.json': JSON.stringify({ name: '@x/ui', exports: exported }),
      'packages/ui/code/it.js': '',
      'packages/ui/src/main.ts': '',
      'a.ts': "import '@x/ui';",
    };
    expect(await targetsOf(files)).toEqual(['packages/ui/code/it.js']);
  });

  it('keeps two packages in a circle, though only what is built is known of one', async () => {
    const files = {
      ...workspace,
      'packages/ui/package.json': JSON.stringify({ name: '@x/ui', exports: './dist/it.js' }),
      'packages/ui/dist/it.js': '',
      'packages/ui/src/view.ts': "import '@x/app';",
      'packages/app/package.json': JSON.stringify({ name: '@x/app', exports: './app.ts' }),
      'packages/app/app.ts': "import '@x/ui';",
    };
    expect(await toldBy('module-cycle', files)).toHaveLength(1);
    expect(await toldBy('unresolved-import', files)).toEqual([]);
  });
});

describe('a file that leads on to what a build makes', () => {
  const shim = {
    'package.json': '{ "name": "it", "main": "./index.js" }',
    'index.js': 'module.exports = require("./dist/index.js");',
    'other.js': 'require("./dist/index.js");',
  };
  it.each([
    [{}, ['other.js → index.js', 'index.js → unresolved']],
    [{ 'dist/index.js': '' }, ['other.js → index.js', 'index.js → asset dist/index.js']],
    [{ 'src/main.ts': '' }, ['other.js → index.js', 'index.js → src/main.ts']],
    [{ 'src/index.ts': '' }, ['other.js → src/index.ts', 'index.js → src/index.ts']],
  ])('imports not itself: with %j', async (more: Files, expected) => {
    const { edges } = await readProject(makeProject({ ...shim, ...more }));
    const found = edges.map((edge) => `${edge.from} → ${lineOf(edge).split(' → ')[1]?.split(' {')[0]}`);
    expect(found.sort()).toEqual([...expected].sort());
    expect((await told({ ...shim, ...more })).filter((line) => line.includes('file-cycle'))).toEqual([]);
  });

  it.each([
    ['./a.js', {}],
    ['it', { exports: './src/a.ts' }],
    ['it', { exports: './src/a.mjs' }],
    ['it', { main: './src/a.js' }],
    ['#a', { imports: { '#a': './src/a.js' } }],
  ])('imports itself, when it says so: %s', async (specifier, fields) => {
    const files = {
      'package.json': JSON.stringify({ name: 'it', ...fields }),
      'src/a.ts': `import '${specifier}';`,
      'src/index.ts': '',
    };
    expect(await targetsOf(files)).toEqual(['src/a.ts']);
  });

  it('is not what it takes by the name of its package', async () => {
    const files = {
      'package.json': '{ "name": "it", "exports": "./dist/index.js" }',
      'index.js': "import 'it';",
      'src/main.ts': '',
    };
    expect(await targetsOf(files)).toEqual(['src/main.ts']);
  });
});

describe('what is ignored and there', () => {
  it.each([
    ['../generated/client.js', ['src/generated/client.ts'], 'asset src/generated/client.ts'],
    ['../generated/graphql', ['src/generated/graphql.tsx'], 'asset src/generated/graphql.tsx'],
    ['../generated', ['src/generated/index.ts'], 'asset src/generated'],
    ['./x.gen.js', ['src/a/x.gen.ts'], 'asset src/a/x.gen.ts'],
    ['@/generated/client', ['src/generated/client.ts'], 'asset src/generated/client.ts'],
    ['#generated/client', ['src/generated/client.ts'], 'asset src/generated/client.ts'],
    ['./made', ['src/generated/a/made.ts'], 'asset src/generated/a/made.ts'],
    ['../generated/client.js', ['src/generated/other.ts'], 'unresolved'],
    ['@/generated/client', ['src/generated/other.ts'], 'unresolved'],
  ])('is what %s means with %j: %s', async (specifier, paths, expected) => {
    const files = {
      '.gitignore': workspace['.gitignore'],
      'package.json': '{ "name": "it", "imports": { "#generated/*": "./src/generated/*.ts" } }',
      'tsconfig.json': JSON.stringify({
        compilerOptions: { paths: { '@/*': ['./src/*'] }, rootDirs: ['src', 'src/generated'] },
      }),
      ...Object.fromEntries(paths.map((path) => [path, ''])),
      'src/a/a.ts': `import '${specifier}';`,
    };
    expect(await targetsOf(files)).toEqual([expected]);
  });
});

async function targetsOf(files: Files): Promise<readonly string[]> {
  const { edges } = await readProject(makeProject(files));
  return edges.map((edge) => lineOf(edge).replace(/^.* → | \{.*$/g, ''));
}
