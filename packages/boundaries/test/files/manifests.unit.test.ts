import { expect, it } from 'vitest';
import { createProject, readProject, rulesFrom } from '../../src/index.js';
import { type Files, makeProject } from '../support/project.js';

const members: Files = {
  'packages/one/package.json': '{ "name": "@acme/one" }',
  'packages/two/package.json': '{ "name": "@acme/two" }',
  'tools/three/package.json': '{ "name": "three" }',
};

it.each([
  ['npm and yarn', { 'package.json': '{ "workspaces": ["packages/*"] }' }],
  [
    'yarn, with an object',
    { 'package.json': '{ "workspaces": { "packages": ["./packages/*/"], "nohoist": ["**"] } }' },
  ],
  [
    'pnpm',
    { 'pnpm-workspace.yaml': "packages:\n  # ours\n  - 'packages/*'  # all\ncatalog:\n  - tools/*\n" },
  ],
  ['pnpm, on one line', { 'pnpm-workspace.yaml': 'packages: ["packages/*", "!**/test/**"]\n' }],
  [
    'pnpm, without indentation',
    { 'pnpm-workspace.yaml': 'packages:\n- "packages/**"\n- \'!packages/none\'\n' },
  ],
  [
    'pnpm, in brackets over several lines',
    {
      'pnpm-workspace.yaml':
        'packages:\n  [\n    "packages/*", # all\n    "!**/test/**",\n  ]\ncatalog: {}\n',
    },
  ],
  [
    'pnpm, with a key in quotes and no space before dashes',
    { 'pnpm-workspace.yaml': '"packages":\r\n- packages/*\r\n- "!**/test/**"\r\n' },
  ],
  ['lerna', { 'lerna.json': '{ "packages": ["packages/*"] }' }],
])('members of a workspace of %s are found by name, others are not', async (_, files: Files) => {
  const code = {
    'a.ts': "import '@acme/one';\nimport 'three';\n",
    'packages/one/index.ts': '',
    'tools/three/index.ts': '',
  };
  const { edges } = await readProject(makeProject({ ...members, ...files, ...code }));
  expect(edges.map(({ specifier, to }) => [specifier, to.kind])).toEqual([
    ['@acme/one', 'file'],
    ['three', 'unresolved'],
  ]);
});

it("Yarn's map of packages is neither read as code nor run", async () => {
  const graph = await readProject(
    makeProject({
      'package.json': '{ "name": "root", "workspaces": ["packages/*"], "dependencies": { "left": "1" } }',
      '.pnp.cjs': "require('./packages/one/src/inside.js'); throw new Error('it runs');\n",
      '.pnp.loader.mjs': "import './nowhere.js';\n",
      '.yarn/releases/yarn-4.0.0.cjs': "require('./nowhere.js');\n",
      'packages/one/package.json': '{ "name": "@acme/one", "dependencies": { "zod": "3" } }',
      'packages/one/index.ts': "import 'zod';\nimport 'left';\nimport 'other';\n",
    }),
  );
  expect([...graph.files.keys()]).toEqual(['packages/one/index.ts']);
  // What is declared is known without being installed where Node would look for it.
  expect(graph.edges.map(({ specifier, to }) => `${specifier} ${to.kind}`)).toEqual([
    'zod package',
    'left package',
    'other unresolved',
  ]);
  expect(graph.diagnostics).toEqual([]);
});

it('without a workspace each package with a name is found', async () => {
  const { edges } = await readProject(
    makeProject({ ...members, 'a.ts': "import 'three';\n", 'tools/three/index.ts': '' }),
  );
  expect(edges.map(({ to }) => to)).toEqual([{ kind: 'file', path: 'tools/three/index.ts' }]);
});

it('a file is of the nearest package, which need not be a member, but has to be more than a note on modules', async () => {
  const { files } = await readProject(
    makeProject({
      ...members,
      'package.json': '{ "name": "root", "workspaces": ["packages/*"] }',
      'a.ts': '',
      'packages/one/src/a.ts': '',
      'packages/one/esm/package.json': '{ "type": "module" }',
      'packages/one/esm/a.ts': '',
      'bench/package.json': '{ "dependencies": { "mitata": "1" } }',
      'bench/a.ts': '',
    }),
  );
  expect([...files.values()].map(({ path, package: name }) => `${path} ${name}`)).toEqual([
    'a.ts root',
    'bench/a.ts bench',
    'packages/one/esm/a.ts @acme/one',
    'packages/one/src/a.ts @acme/one',
  ]);
});

it('says what a package declares, and what it lets out', async () => {
  const { packages } = await readProject(
    makeProject({
      'package.json': JSON.stringify({
        name: 'it',
        exports: {
          '.': './dist/index.js',
          './parts/*': './dist/parts/*.js',
          './package.json': './package.json',
        },
        dependencies: { a: '1', b: '1' },
        devDependencies: { b: '1', c: '1' },
        peerDependencies: { d: '1' },
        optionalDependencies: { e: '1' },
      }),
      'src/index.ts': '',
      'src/parts/one.ts': '',
      'src/parts/deep/two.tsx': '',
      'src/inner.ts': '',
    }),
  );
  expect(packages).toEqual([
    {
      name: 'it',
      folder: '.',
      dependencies: expect.objectContaining({
        a: 'dependencies',
        b: 'dependencies',
        c: 'devDependencies',
        d: 'peerDependencies',
        e: 'optionalDependencies',
      }),
      hasExports: true,
      entries: ['src/index.ts', 'src/parts/deep/two.tsx', 'src/parts/one.ts'],
      subpaths: {
        'src/index.ts': '',
        'src/parts/deep/two.tsx': 'parts/deep/two',
        'src/parts/one.ts': 'parts/one',
      },
    },
  ]);
});

it('two packages of one name are told', async () => {
  const twice = { ...members, 'packages/two/package.json': '{ "name": "@acme/one" }' };
  const { diagnostics } = await readProject(
    makeProject({ ...twice, 'package.json': '{ "workspaces": ["packages/*"] }' }),
  );
  expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([
    ['package-name-twice', 'packages/two/package.json'],
  ]);
});

it('of two packages of one name the member of the workspace goes by it, and the other by its folder too', async () => {
  const ui = '{ "name": "@x/ui", "exports": "./index.ts" }';
  const files = {
    'package.json': '{ "name": "x", "workspaces": ["packages/*"] }',
    'archive/ui/package.json': ui,
    'archive/ui/index.ts': '',
    'packages/ui/package.json': ui,
    'packages/ui/index.ts': '',
    'packages/app/package.json': '{ "name": "@x/app", "dependencies": { "@x/ui": "*" } }',
    'packages/app/app.ts': "import '@x/ui';\nimport '../../archive/ui/index.js';\n",
  };
  const graph = await readProject(makeProject(files));
  const project = createProject(graph, rulesFrom({}, 'mortar.config.json'));
  expect(project.elements.map(({ id, folder }) => `${id} ${folder}`)).toEqual([
    '@x/app packages/app',
    '@x/ui packages/ui',
    '@x/ui (archive/ui) archive/ui',
    'x .',
  ]);
  expect(project.package('@x/ui')?.folder).toBe('packages/ui');
  expect(project.package('@x/ui (archive/ui)')?.folder).toBe('archive/ui');
  expect(project.elementOf('archive/ui/index.ts').package).toBe('@x/ui (archive/ui)');
  expect(graph.diagnostics).toEqual([]);
});
