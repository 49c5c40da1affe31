import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CacheFolder } from '../../src/cache/cache-folder.js';
import { ScanCache, settledStamp } from '../../src/cache/scan-cache.js';
import { readProject } from '../../src/index.js';
import { makeProject, writeFiles } from '../support/project.js';

const files = { 'a.ts': "import './b.js';\n", 'b.ts': "import './c.js';\n", 'c.ts': 'export const c = 1;\n' };
const many = { 'many.ts': manyExports(8_000) };
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

it('what was kept gives the same graph as reading anew', async () => {
  const root = settled(files);
  const first = await plain(root);
  expect(await plain(root)).toEqual(first);
  expect(await plain(root)).toEqual(await anew(root));
});

it('a file that is the same is not read again, and one that changed is', async () => {
  const root = settled(files);
  await plain(root);
  expect(scansOf(root).has('a.ts')).toBe(true);
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
  const stampOf = (mtimeMs: number, ctimeMs: number) => ({ size: 5, mtimeMs, ctimeMs, ino: 7 });
  expect(settledStamp(stampOf(100_000, 100_000), 110_000)).toEqual(stampOf(100_000, 100_000));
  expect(settledStamp(stampOf(109_000, 100_000), 110_000)).toBeUndefined();
  expect(settledStamp(stampOf(100_000, 109_000), 110_000)).toBeUndefined();
  expect(settledStamp(stampOf(990_000, 990_000), 110_000)).toBeUndefined();
  expect(settledStamp(undefined, 110_000)).toBeUndefined();
});

it('of what the disk says of a file, only what tells a change is kept', () => {
  const stat = statSync(import.meta.filename);
  const { size, mtimeMs, ctimeMs, ino } = stat;
  expect(settledStamp(stat, Number.MAX_SAFE_INTEGER)).toEqual({ size, mtimeMs, ctimeMs, ino });
});

it('a file with the time of another, but other content, is read', async () => {
  const root = settled(files);
  await plain(root);
  writeFiles(root, { 'b.ts': "import './a.js';\n" });
  utimesSync(join(root, 'b.ts'), LONG_AGO, LONG_AGO);
  const { edges } = await plain(root);
  expect(edges.find(({ from }) => from === 'b.ts')?.specifier).toBe('./a.js');
});

describe.each(['files', 'scans', 'graph'] as const)('the %s of a cache', (part) => {
  it.each<readonly [string, (bytes: string) => string]>([
    ['cut off', (text) => text.slice(0, -20)],
    ['with another content', (text) => text.replace(/b\.([jt]s)/, 'x.$1')],
    ['of another format', (text) => text.replace(/^mortar-cache \d+/, 'mortar-cache 0')],
    ['of another version', (text) => text.replace(/^(mortar-cache \d+ )\S+/, '$10.0.9')],
    ['of other libraries', (text) => text.replace(/^(\S+ \d+ \S+) \S+ oxc-parser@\d/, '$1 - oxc-parser@x')],
    ['empty', () => ''],
    ['of something else', () => '{}'],
  ])('are not trusted when %s', async (_, spoil) => {
    const root = settled({ ...files, ...many });
    const expected = await plain(root);
    const path = join(cacheOf(root), `${part}-work-tree.json`);
    const text = readFileSync(path, 'latin1');
    expect(spoil(text)).not.toBe(text);
    writeFileSync(path, spoil(text), 'latin1');
    expect(await plain(root)).toEqual(expected);
    // A file has changed, so that scans of others are asked for.
    writeFiles(root, { 'a.ts': "import { many1 } from './many.js';\nexport { many1 };\n" });
    expect(await plain(root)).toEqual(await anew(root));
  });

  it('are not waited for where a pipe is in their place', async () => {
    const root = settled(files);
    const expected = await anew(root);
    const name = `${part}-work-tree.json`;
    spawnSync('mkfifo', [join(cacheOf(root), name)]);
    expect(readdirSync(cacheOf(root))).toEqual([name]);
    expect(await plain(root)).toEqual(expected);
  });

  it('may be gone', async () => {
    const root = settled({ ...files, ...many });
    const expected = await plain(root);
    rmSync(join(cacheOf(root), `${part}-work-tree.json`));
    expect(await plain(root)).toEqual(expected);
    writeFiles(root, { 'a.ts': "import { many1 } from './many.js';\nexport { many1 };\n" });
    expect(await plain(root)).toEqual(await anew(root));
  });
});

it('a list that names scans which the pack has not is as none, and is mended', async () => {
  const root = settled({ ...files, ...many });
  await plain(root);
  const pack = readFileSync(join(cacheOf(root), 'scans-work-tree.json'));
  writeFiles(root, { 'many.ts': manyExports(8_001) });
  await plain(root);
  // As another process may leave it that began before.
  writeFileSync(join(cacheOf(root), 'scans-work-tree.json'), pack);
  writeFiles(root, { 'a.ts': "import { many8000 } from './many.js';\nexport { many8000 };\n" });
  expect(await plain(root)).toEqual(await anew(root));
  expect(
    scansOf(root).byKey('many.ts', scansOf(root).keyOf('many.ts') ?? '', undefined)?.scan.exports,
  ).toHaveLength(8_001);
});

it('scans of few files that have changed are kept in the list, and the pack stays as it is', async () => {
  const root = settled({ ...files, ...many });
  await plain(root);
  const pack = join(cacheOf(root), 'scans-work-tree.json');
  const before = statSync(pack).ino;
  for (const target of ['c', 'a']) {
    writeFiles(root, { 'b.ts': `import './${target}.js';\n` });
    await plain(root);
    expect(await plain(root)).toEqual(await anew(root));
  }
  expect(statSync(pack).ino).toBe(before);
  const scan = scansOf(root).byKey('b.ts', scansOf(root).keyOf('b.ts') ?? '', undefined)?.scan;
  expect(scan?.edges.map(({ specifier }) => specifier)).toEqual(['./a.js']);
});

describe('what has changed in the list', () => {
  const list = 'files-work-tree.json';
  const changes = 'changes-work-tree.json';

  it('stands beside it, until it is long or files come and go', async () => {
    const root = settled({ ...files, ...many });
    await plain(root);
    const before = readFileSync(join(cacheOf(root), list));
    for (const target of ['a', 'c', 'a']) {
      writeFiles(root, {
        'b.ts': `import './${target}.js';\n`,
        [`${target}.ts`]: `export let ${target} = 1;\n`,
      });
      await plain(root);
      expect(await plain(root)).toEqual(await anew(root));
      expect(readFileSync(join(cacheOf(root), list))).toEqual(before);
    }
    expect(keyIn(root, 'a.ts')).not.toBe(keyIn(root, 'b.ts'));
    writeFiles(root, { 'many.ts': manyExports(8_001) });
    expect(await plain(root)).toEqual(await anew(root));
    const long = readFileSync(join(cacheOf(root), list));
    expect(long).not.toEqual(before);
    writeFiles(root, { 'd.ts': "import './a.js';\n" });
    expect(await plain(root)).toEqual(await anew(root));
    expect(readFileSync(join(cacheOf(root), list))).not.toEqual(long);
    rmSync(join(root, 'd.ts'));
    expect(await plain(root)).toEqual(await anew(root));
  });

  it('is left out of account beside another list', async () => {
    const root = settled(files);
    await plain(root);
    writeFiles(root, { 'b.ts': "import './a.js';\n" });
    await plain(root);
    const old = readFileSync(join(cacheOf(root), changes));
    writeFiles(root, { 'd.ts': '', 'b.ts': "import './c.js';\n" });
    await plain(root);
    const key = keyIn(root, 'b.ts');
    writeFileSync(join(cacheOf(root), changes), old);
    expect(keyIn(root, 'b.ts')).toBe(key);
    expect(await plain(root)).toEqual(await anew(root));
  });

  it.each<readonly [string, (bytes: string) => string]>([
    ['cut off', (text) => text.slice(0, -5)],
    ['with another content', (text) => text.replace('b.ts', 'c.ts')],
    ['empty', () => ''],
  ])('is not trusted when %s', async (_, spoil) => {
    const root = settled(files);
    await plain(root);
    const key = keyIn(root, 'b.ts');
    writeFiles(root, { 'b.ts': "import './a.js';\n" });
    await plain(root);
    expect(keyIn(root, 'b.ts')).not.toBe(key);
    const path = join(cacheOf(root), changes);
    writeFileSync(path, spoil(readFileSync(path, 'latin1')), 'latin1');
    expect(keyIn(root, 'b.ts')).toBe(key);
    expect(await plain(root)).toEqual(await anew(root));
  });
});

function keyIn(root: string, path: string): string | undefined {
  return scansOf(root).keyOf(path);
}

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
  expect(scansOf(root).has('c.ts')).toBe(true);
});

/** More scans than the list of files takes in itself. */
function manyExports(count: number): string {
  return Array.from({ length: count }, (_, index) => `export const many${index} = ${index};\n`).join('');
}

function scansOf(root: string): ScanCache {
  return new ScanCache(new CacheFolder(cacheOf(root), 'work-tree'));
}

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

async function plain(root: string) {
  const { readText, ...graph } = await readProject(root, { cache: cacheOf(root) });
  return graph;
}

async function anew(root: string) {
  const { readText, ...graph } = await readProject(root);
  return graph;
}
