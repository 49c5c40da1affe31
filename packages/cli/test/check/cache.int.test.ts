import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, folderWith, git, mortar, repositoryWith } from '../command.js';
import { brokenMonorepo, plainMonorepo } from './projects.js';

const CACHE = 'node_modules/.cache/mortar';
/** What a check of a small project keeps. */
const PARTS = ['answer', 'files', 'graph'].map((name) => `${CACHE}/${name}-work-tree.json`);
const MANY = 400;

describe('the cache of a check', () => {
  test('checks at once share it: each has the same answer, and what stays is whole', async () => {
    const folder = folderWith({ ...brokenMonorepo, ...manyFiles(), 'node_modules/.keep': '' });
    const expected = await mortar(folder, 'check', '--json', '--no-cache');
    const ended = await Promise.all(Array.from({ length: 6 }, () => mortar(folder, 'check', '--json')));
    for (const one of ended) expect(one).toEqual(expected);
    expect(readdirSync(join(folder, CACHE)).map((name) => `${CACHE}/${name}`)).toEqual(PARTS);
    expect(await mortar(folder, 'check', '--json')).toEqual(expected);
  });

  test('a change is seen, whether it comes, goes, or only moves', async () => {
    const folder = folderWith({ ...brokenMonorepo, ...manyFiles(), 'node_modules/.keep': '' });
    const moved = brokenMonorepo['packages/ui/src/index.ts'] ?? '';
    const steps: readonly (() => void)[] = [
      () => undefined,
      () => addFiles(folder, plainMonorepo),
      () => addFiles(folder, { 'packages/ui/src/index.ts': `\n\n${moved}` }),
      () => rmSync(join(folder, 'packages/ui/src/file7.ts')),
      () => addFiles(folder, { 'packages/core/src/sum.ts': 'export const total = (): number => 1;\n' }),
      () =>
        addFiles(folder, { 'mortar.config.json': '{ "rules": { "package-exports": "warn" } } // for now' }),
      () => addFiles(folder, { 'mortar.config.json': '{ "rules": { "file-cycle": "off" } }' }),
      () => addFiles(folder, { 'packages/core/package.json': '{ "name": "@acme/core" }' }),
      () => addFiles(folder, { 'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }' }),
    ];
    for (const step of steps) {
      step();
      const cached = await mortar(folder, 'check', '--json');
      expect(cached).toEqual(await mortar(folder, 'check', '--json', '--no-cache'));
      // And once more, when nothing has changed.
      expect(await mortar(folder, 'check', '--json')).toEqual(cached);
    }
  });

  test('index and work tree are not mixed', async () => {
    const folder = repositoryWith({
      ...plainMonorepo,
      '.gitignore': 'node_modules\n',
      'node_modules/.keep': '',
    });
    git(folder, 'add', '--all');
    addFiles(folder, brokenMonorepo);
    for (const [args, code] of [
      [[], 1],
      [['--staged'], 0],
      [[], 1],
      [['--staged'], 0],
    ] as const) {
      expect(await mortar(folder, 'check', ...args)).toMatchObject({ code });
    }
    git(folder, 'add', '--all');
    addFiles(folder, plainMonorepo);
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({ code: 1 });
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0 });
  });

  test.each<readonly [string, (folder: string, path: string) => void]>([
    ['is cut off', (folder, path) => truncateSync(join(folder, path), 300)],
    ['is empty', (folder, path) => truncateSync(join(folder, path), 0)],
    [
      'is of another version',
      (folder, path) => edit(folder, path, (text) => text.replace(/^mortar-cache \d+/, 'mortar-cache 0')),
    ],
    ['was changed by hand', (folder, path) => edit(folder, path, (text) => text.replaceAll('sum', 'some'))],
    ['is something else', (folder, path) => edit(folder, path, () => '{"__proto__":{"polluted":true}}')],
    ['is a folder', (folder, path) => inPlaceOf(folder, path, (place) => mkdirSync(place))],
    [
      'is a pipe that nobody writes to',
      (folder, path) => inPlaceOf(folder, path, (place) => spawnSync('mkfifo', [place])),
    ],
    [
      'is a link to nowhere',
      (folder, path) => inPlaceOf(folder, path, (place) => symlinkSync('nowhere', place)),
    ],
  ])('a part of it that %s is as none', async (_, spoil) => {
    for (const path of PARTS) {
      const folder = folderWith({ ...brokenMonorepo, 'node_modules/.keep': '' });
      const expected = await mortar(folder, 'check', '--json');
      expect(expected.code).toBe(1);
      spoil(folder, path);
      expect(await mortar(folder, 'check', '--json'), path).toEqual(expected);
      expect(await mortar(folder, 'check', '--json'), path).toEqual(expected);
    }
  });

  test.each<readonly [string, (folder: string) => void]>([
    [
      'has a file in place of its folder',
      (folder) => inPlaceOf(folder, CACHE, (path) => writeFileSync(path, '')),
    ],
    [
      'has a link to itself in place of its folder',
      (folder) => inPlaceOf(folder, CACHE, (path) => symlinkSync('mortar', path)),
    ],
    ['can not be written to', (folder) => chmodSync(join(folder, CACHE), 0o500)],
    [
      'lies in node_modules that is a file',
      (folder) => inPlaceOf(folder, 'node_modules', (path) => writeFileSync(path, '')),
    ],
    [
      'lies in node_modules that is a link to itself',
      (folder) => inPlaceOf(folder, 'node_modules', (path) => symlinkSync('node_modules', path)),
    ],
  ])('one that %s is as none', async (_, spoil) => {
    const folder = folderWith({ ...brokenMonorepo, 'node_modules/.keep': '' });
    const expected = await mortar(folder, 'check', '--json');
    expect(expected.code).toBe(1);
    spoil(folder);
    expect(await mortar(folder, 'check', '--json')).toEqual(expected);
    addFiles(folder, { 'packages/ui/src/more.ts': 'export {};\n' });
    const changed = await mortar(folder, 'check', '--json');
    expect(changed).toEqual(await mortar(folder, 'check', '--json', '--no-cache'));
  });

  test('every command that reads code takes what a check has kept, and has the answer that it has without', async () => {
    const folder = folderWith({ ...plainMonorepo, 'node_modules/.keep': '' });
    await mortar(folder, 'check');
    for (const args of [
      ['graph', '--json'],
      ['describe', '--json'],
      ['why', 'ui', 'core', '--json'],
      ['explain', 'ui', 'core', '--json'],
      ['what-if', 'move', 'packages/core/src/sum.ts', 'ui', '--json'],
    ]) {
      expect(await mortar(folder, ...args)).toEqual(await mortar(folder, ...args, '--no-cache'));
    }
  });
});

function manyFiles(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: MANY }, (_, index) => [
      `packages/ui/src/file${index}.ts`,
      `import { label } from './index.js';\nexport const value${index} = label;\n`,
    ]),
  );
}

function edit(folder: string, path: string, change: (text: string) => string): void {
  const place = join(folder, path);
  const before = readFileSync(place, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(place, after);
}

function inPlaceOf(folder: string, path: string, make: (path: string) => void): void {
  rmSync(join(folder, path), { recursive: true });
  make(join(folder, path));
}
