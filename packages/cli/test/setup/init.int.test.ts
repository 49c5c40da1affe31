import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, folderWith, git, mortar, repositoryWith } from '../command.js';

const CONFIG = 'mortar.config.json';
const SCHEMA = 'node_modules/@mortar/cli/mortar.config.schema.json';
const WORKFLOW = '.github/workflows/boundaries.yml';

describe('mortar init', () => {
  test('writes a configuration and a workflow, and a second time nothing', async () => {
    const folder = repositoryWith({ 'package.json': '{}' });
    const first = await mortar(folder, 'init');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^wrote mortar\.config\.json\nwrote \.github\/workflows\/boundaries\.yml\n/);
    const before = textsOf(folder);
    const second = await mortar(folder, 'init', '--json');
    expect(JSON.parse(second.stdout).files.map(({ state }: { state: string }) => state)).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(textsOf(folder)).toEqual(before);
  });

  test('overwrites nothing, and writes nothing else either', async () => {
    const folder = repositoryWith({ [WORKFLOW]: 'mine\n' });
    const { code, stderr, stdout } = await mortar(folder, 'init');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^MORTAR_FILE_IN_WAY: .*boundaries\.yml.*--force/);
    expect(readdirSync(folder).sort()).toEqual(['.git', '.github']);
    expect(read(folder, WORKFLOW)).toBe('mine\n');
  });

  test('overwrites with --force', async () => {
    const folder = repositoryWith({ [WORKFLOW]: 'mine\n' });
    expect((await mortar(folder, 'init', '--force')).stdout).toMatch(
      /^wrote mortar\.config\.json\noverwrote \.github/,
    );
    expect(read(folder, WORKFLOW)).toMatch(/^name: Boundaries\n/);
  });

  test('says what it would do, and does nothing', async () => {
    const folder = repositoryWith();
    expect((await mortar(folder, 'init', '--dry-run')).stdout).toMatch(/^would write mortar\.config\.json\n/);
    expect(readdirSync(folder)).toEqual(['.git']);
  });

  test('can leave the workflow out, and needs no git', async () => {
    const folder = folderWith();
    expect(await mortar(folder, 'init', '--no-workflow')).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([CONFIG]);
  });

  test.each([
    [
      'a link to a folder',
      (folder: string, outside: string) => symlinkSync(outside, join(folder, '.github')),
    ],
    [
      'a link to a file',
      (folder: string, outside: string) => {
        mkdirSync(join(folder, '.github/workflows'), { recursive: true });
        symlinkSync(join(outside, 'x.yml'), join(folder, WORKFLOW));
      },
    ],
  ])('writes nothing through %s outside', async (_, link) => {
    const folder = repositoryWith();
    const outside = folderWith();
    link(folder, outside);
    expect(await mortar(folder, 'init', '--force')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^MORTAR_FILE_IN_WAY: /),
    });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(folder)).not.toContain(CONFIG);
  });

  test.each([
    ['package-lock.json', ['npm ci', 'npx --no-install mortar check --format github', 'cache: npm']],
    ['pnpm-lock.yaml', ['pnpm install --frozen-lockfile', 'pnpm exec mortar check', 'pnpm/action-setup@v4']],
    ['yarn.lock', ['yarn install', 'yarn run mortar check', 'cache: yarn']],
    ['bun.lock', ['bun install --frozen-lockfile', 'bunx --no-install mortar check', 'setup-bun@v2']],
  ])('the workflow follows %s', async (lockfile, expected) => {
    const folder = repositoryWith({ [lockfile]: '' });
    await mortar(folder, 'init');
    for (const text of expected) expect(read(folder, WORKFLOW)).toContain(text);
  });

  test('says what is still missing before the workflow can run', async () => {
    const notes = async (folder: string, ...args: readonly string[]): Promise<string[]> =>
      JSON.parse((await mortar(folder, 'init', '--dry-run', '--json', ...args)).stdout).notes;
    const bare = repositoryWith({ 'package.json': '{}' });
    expect(await notes(bare)).toEqual([
      'npm install --save-dev @mortar/cli makes the command part of the project.',
      'The workflow needs package-lock.json in the repository: npm install makes it.',
    ]);
    expect(await notes(bare, '--no-workflow')).toHaveLength(1);
    expect((await mortar(bare, 'init', '--dry-run')).stdout).toContain(
      '\nnpm install --save-dev @mortar/cli',
    );
    const whole = {
      'pnpm-lock.yaml': '',
      'node_modules/@mortar/cli/package.json': '{ "version": "0.1.0" }',
    };
    expect(await notes(repositoryWith({ 'package.json': '{}', ...whole }))).toEqual([
      expect.stringContaining('"packageManager"'),
    ]);
    const named = { 'package.json': '{ "packageManager": "pnpm@10.0.0" }', ...whole };
    expect(await notes(repositoryWith(named))).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['pnpm-lock.yaml', 'pnpm@10.0.0', 'package_json_file: web/package.json'],
    ['yarn.lock', 'yarn@4.1.0', 'run: corepack enable'],
  ])(
    'the workflow of a project with %s below the top finds %s',
    async (lockfile, packageManager, expected) => {
      const manifest = JSON.stringify({ packageManager });
      const folder = repositoryWith({ 'web/package.json': manifest, [`web/${lockfile}`]: '' });
      await mortar(folder, 'init', '--root', 'web');
      expect(read(folder, WORKFLOW)).toContain(expected);
    },
  );

  test('the workflow stands at the top of the repository, and works in the project', async () => {
    const folder = repositoryWith({ 'web app/package.json': '{}', 'web app/package-lock.json': '{}' });
    git(folder, 'checkout', '--quiet', '-b', '2.x');
    await mortar(join(folder, 'web app'), 'init');
    expect(read(folder, WORKFLOW)).toBe(`name: Boundaries
on:
  pull_request:
  push:
    branches: ["2.x"]
permissions:
  contents: read
jobs:
  boundaries:
    runs-on: ubuntu-latest
    defaults:
      run:
        working-directory: "web app"
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: npm
          cache-dependency-path: "web app/package-lock.json"
      - run: npm ci
      - run: npx --no-install mortar check --format github
`);
    expect(readdirSync(join(folder, 'web app'))).toContain(CONFIG);
  });

  test('the schema is named where the packages are, which may be above the project', async () => {
    const installed = { 'node_modules/@mortar/cli/package.json': '{}' };
    const folder = repositoryWith({ ...installed, 'apps/web/package.json': '{}' });
    await mortar(folder, 'init', '--no-workflow', '--root', 'apps/web');
    expect(schemaIn(join(folder, 'apps/web'))).toBe(`../../${SCHEMA}`);
    addFiles(join(folder, 'apps/web'), installed);
    await mortar(folder, 'init', '--no-workflow', '--force', '--root', 'apps/web');
    expect(schemaIn(join(folder, 'apps/web'))).toBe(`./${SCHEMA}`);
  });

  test('the reference names the same schema', () => {
    for (const page of ['boundaries.md', 'errors/MORTAR_RULES_INVALID.md']) {
      const text = readFileSync(new URL(`../../../../docs/reference/${page}`, import.meta.url), 'utf8');
      expect(text).toContain(`"$schema": "./${SCHEMA}"`);
    }
  });

  test('what it writes is a configuration that mortar check takes', async () => {
    const folder = repositoryWith({
      'package.json': '{ "name": "shop" }',
      'src/main.ts': 'export const a = 1;\n',
    });
    await mortar(folder, 'init');
    addFiles(folder, { '.gitignore': '.github\n' });
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0, stderr: '' });
  });
});

function schemaIn(folder: string): string | undefined {
  return read(folder, CONFIG).match(/"\$schema": "([^"]+)"/)?.[1];
}

function textsOf(folder: string): string[] {
  return [read(folder, CONFIG), read(folder, WORKFLOW)];
}

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}
