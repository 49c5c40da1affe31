import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ScanCache, settledStamp } from '../../src/cache/scan-cache.js';
import { readProject } from '../../src/index.js';
import { makeProject, writeFiles } from '../support/project.js';

const files = { 'a.ts': "import './b.js';\n", 'b.ts': "import './c.js';\n", 'c.ts': 'export const c = 1;\n' };
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

it('what was kept gives the same graph as reading anew', async () => {
  const root = settled(files);
  const first = await plain(root);
  expect(await plain(root)).toEqual(first);
  expect(await plain(root)).toEqual(await plain(root, undefined));
});

it('a file that is the same is not read again, and one that changed is', async () => {
  const root = settled(files);
  await plain(root);
  const cache = new ScanCache(cacheOf(root), 'work-tree');
  expect(cache.has('a.ts')).toBe(true);
  writeFiles(root, { 'b.ts': "import './a.js';\n" });
  const graph = await plain(root);
  expect(graph.edges.map(({ from, specifier }) => `${from} ${specifier}`)).toEqual([
    'a.ts ./b.js',
    'b.ts ./a.js',
  ]);
});

it('a file that changed within the tick of a clock, to the same length, is seen to have changed', async () => {
  const root = makeProject(files);
  for (const target of ['c', 'a', 'c', 'a', 'c']) {
    writeFiles(root, { 'b.ts': `import './${target}.js';\n` });
    const { edges } = await plain(root);
    expect(edges.find(({ from }) => from === 'b.ts')?.specifier).toBe(`./${target}.js`);
  }
});

it('times are relied on only where they lie long enough behind', () => {
  expect(settledStamp('5 100000 100000 7', 110_000)).toBe('5 100000 100000 7');
  expect(settledStamp('5 109000 100000 7', 110_000)).toBeUndefined();
  expect(settledStamp('5 100000 109000 7', 110_000)).toBeUndefined();
  expect(settledStamp('5 990000 990000 7', 110_000)).toBeUndefined();
  expect(settledStamp(undefined, 110_000)).toBeUndefined();
});

it('a file with the time of another, but other content, is read', async () => {
  const root = settled(files);
  await plain(root);
  writeFiles(root, { 'b.ts': "import './a.js';\n" });
  utimesSync(join(root, 'b.ts'), LONG_AGO, LONG_AGO);
  const { edges } = await plain(root);
  expect(edges.find(({ from }) => from === 'b.ts')?.specifier).toBe('./a.js');
});

it.each([
  ['cut off', (text: string) => text.slice(0, -20)],
  ['with another content', (text: string) => text.replace('./b.js', './x.js')],
  ['of another format', (text: string) => text.replace(/^mortar-scans \d+/, 'mortar-scans 0')],
  ['of another version', (text: string) => text.replace(/^(mortar-scans \d+ )\S+/, '$10.0.9')],
  ['empty', () => ''],
  ['of something else', () => '{}'],
])('a cache that is %s is not trusted', async (_, spoil) => {
  const root = settled(files);
  const expected = await plain(root);
  const [name = ''] = readdirSync(cacheOf(root));
  const path = join(cacheOf(root), name);
  const text = readFileSync(path, 'utf8');
  expect(spoil(text)).not.toBe(text);
  writeFileSync(path, spoil(text));
  expect(await plain(root)).toEqual(expected);
});

it('a pipe in its place is not waited for', async () => {
  const root = settled(files);
  const expected = await plain(root, undefined);
  spawnSync('mkfifo', [join(cacheOf(root), 'scans-work-tree.json')]);
  expect(readdirSync(cacheOf(root))).toEqual(['scans-work-tree.json']);
  expect(await plain(root)).toEqual(expected);
});

it('a folder that can not be written to is no fault', async () => {
  const root = settled(files);
  writeFileSync(join(root, 'file'), '');
  expect((await readProject(root, { cache: join(root, 'file', 'cache') })).edges).toHaveLength(2);
});

it('index and work tree do not mix, nor do settings of the compiler', async () => {
  const decorated = {
    'a.ts':
      "import { S } from './b.js';\nconst d = (_: unknown) => {};\n@d\nexport class C { constructor(readonly s: S) {} }\n",
    'b.ts': 'export class S {}\n',
  };
  const root = settled(decorated);
  expect((await plain(root)).edges.map(({ isTypeOnly }) => isTypeOnly)).toEqual([true]);
  writeFiles(root, {
    'tsconfig.json':
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  });
  expect((await plain(root)).edges.map(({ isTypeOnly }) => isTypeOnly)).toEqual([false]);
});

it('processes that write at once leave a whole file', async () => {
  const root = settled(files);
  await Promise.all(Array.from({ length: 8 }, () => plain(root)));
  expect(readdirSync(cacheOf(root)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  expect(new ScanCache(cacheOf(root), 'work-tree').has('c.ts')).toBe(true);
});

/** Files that were written long ago, so that their times can be relied on. */
function settled(contents: Readonly<Record<string, string>>): string {
  const root = makeProject(contents);
  for (const path of Object.keys(contents)) utimesSync(join(root, path), LONG_AGO, LONG_AGO);
  mkdirSync(cacheOf(root), { recursive: true });
  return root;
}

function cacheOf(root: string): string {
  return join(root, 'node_modules/.cache/mortar');
}

async function plain(root: string, cache: string | undefined = cacheOf(root)) {
  const { readText, ...graph } = await readProject(root, cache === undefined ? {} : { cache });
  return graph;
}
