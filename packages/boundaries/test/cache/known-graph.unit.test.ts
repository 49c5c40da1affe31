import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CacheFolder } from '../../src/cache/cache-folder.js';
import { readKeptGraph } from '../../src/cache/kept-graph.js';
import { KeptScan } from '../../src/cache/kept-scan.js';
import { keyOf } from '../../src/cache/scan-cache.js';
import { ProbedFiles } from '../../src/files/probed-files.js';
import { readWorkTree } from '../../src/files/work-tree.js';
import { knownGraph } from '../../src/graph/known-graph.js';
import { readProject } from '../../src/index.js';
import { isCode } from '../../src/scan/language.js';
import { scanContent } from '../../src/scanning/scan-content.js';
import { settingsOf } from '../../src/scanning/scan-task.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';

const CACHE = 'node_modules/.cache/mortar';
const withMessages = { withMessages: true, withDecoratorMetadata: false };
const project: Files = {
  'package.json': '{ "dependencies": { "mortar": "1" } }',
  'base.ts': 'export const base = 1;\n',
  'pass.ts': "export { base } from './base.js';\n",
  'user.ts': "import { base } from './pass.js';\nexport const user = base;\n",
  'far.ts': "import { user } from './user.js';\nexport const far = user;\n",
  'alone.ts': 'export const alone = 1;\n',
};

it.each<readonly [string, Files, readonly string[]]>([
  ['nothing', {}, []],
  ['the inside of a file', { 'base.ts': '// More.\nexport const base = 2;\n' }, ['base.ts']],
  [
    'an import',
    { 'far.ts': "import './alone.js';\nimport { user } from './user.js';\nexport const far = user;\n" },
    ['far.ts'],
  ],
  [
    'an export: who imports it, also through another file, is looked at again',
    { 'base.ts': 'export type base = 1;\n' },
    ['base.ts', 'pass.ts', 'user.ts'],
  ],
  ['an export of a file that nobody imports', { 'alone.ts': 'export const other = 1;\n' }, ['alone.ts']],
  [
    'an export that comes',
    { 'user.ts': `${project['user.ts']}export const more = 1;\n` },
    ['far.ts', 'user.ts'],
  ],
])('after a change of %s, the rest of a graph is known', async (_, change, expected) => {
  const root = await keptProject(project);
  writeFiles(root, change);
  expect(changedIn(root)).toEqual(expected);
});

it.each<readonly [string, Files]>([
  ['a file comes', { 'new.ts': '' }],
  ['a manifest changes', { 'package.json': '{ "name": "x", "dependencies": { "mortar": "1" } }' }],
  ['a module is declared for all', { 'alone.ts': "declare module 'anything' {}\n" }],
])('nothing of it is known where %s', async (_, change) => {
  const root = await keptProject(project);
  writeFiles(root, change);
  expect(changedIn(root)).toBeUndefined();
});

it('where names of contracts are followed through the imports of a file, a change of these concerns who follows them', async () => {
  const messages: Files = {
    ...project,
    'placed.ts': "import { event } from 'mortar';\nexport const Placed = event('shop.placed', {});\n",
    'sent.ts': "import { event } from 'mortar';\nexport const Placed = event('shop.sent', {});\n",
    'events.ts': "import { Placed } from './placed.js';\nexport const Events = { Placed };\n",
    'sender.ts': "import { Events } from './events.js';\nmodule.publishes(Events.Placed);\n",
  };
  const root = await keptProject(messages);
  const { uses } = await readProject(root);
  expect(uses.map(({ name }) => name)).toEqual(['shop.placed']);
  writeFiles(root, {
    'events.ts': "import { Placed } from './sent.js';\nexport const Events = { Placed };\n",
  });
  expect(changedIn(root)).toEqual(['events.ts', 'sender.ts']);
  const after = await readProject(root, { cache: join(root, CACHE) });
  expect(after.uses.map(({ name }) => name)).toEqual(['shop.sent']);
});

/** A project that was read once, with a cache. */
async function keptProject(files: Files): Promise<string> {
  const root = makeProject(files);
  mkdirSync(join(root, CACHE), { recursive: true });
  await readProject(root, { cache: join(root, CACHE) });
  return root;
}

/** The files that are to be looked at again; undefined where that is all of them. */
function changedIn(root: string): readonly string[] | undefined {
  const folder = new CacheFolder(join(root, CACHE), 'work-tree');
  const graph = readKeptGraph(folder.file('graph'));
  const files = readWorkTree(root);
  const scans = new Map<string, KeptScan>();
  for (const { path } of files.files) {
    const content = files.read(path);
    if (!isCode(path) || content === undefined) continue;
    const key = keyOf(content, settingsOf(withMessages));
    scans.set(path, KeptScan.of(key, scanContent(path, content, withMessages)));
  }
  const known = knownGraph(graph, new ProbedFiles(files), scans);
  return known === undefined ? undefined : [...known.changed].sort();
}
