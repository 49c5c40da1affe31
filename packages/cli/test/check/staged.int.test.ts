import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import {
  addFiles,
  COMMAND,
  type Ended,
  folderWith,
  git,
  mortar,
  pathWith,
  repositoryWith,
  run,
} from '../command.js';
import { brokenMonorepo, plainMonorepo } from './projects.js';

const INDEX = 'packages/ui/src/index.ts';
const REACHES = "import { secret } from '../../core/src/sum.js';\nexport const more = secret;\n";

describe('what is staged', () => {
  test('is found by any name that git has', async () => {
    const folder = committed(plainMonorepo);
    const names = ['a b', 'é日本', 'new\nline', 'quote"s', "it's", '$(touch pwned)', 'tab\t', '-rf', '*?[x]'];
    const paths = names.map((name) => `packages/ui/src/${name}.ts`);
    addFiles(folder, Object.fromEntries(paths.map((path) => [path, REACHES])));
    git(folder, 'add', '--all');
    expect(placesIn(await staged(folder))).toEqual(paths.sort());
    // What is only in the work tree is not looked at.
    for (const path of paths) addFiles(folder, { [path]: '' });
    expect(placesIn(await staged(folder))).toEqual(paths);
  });

  test('is without what is taken out of the index, and with what only the index has', async () => {
    const folder = committed(brokenMonorepo);
    expect(placesIn(await staged(folder))).toEqual([INDEX]);
    git(folder, 'rm', '-q', '--cached', INDEX);
    expect(placesIn(await staged(folder))).toEqual([]);
    git(folder, 'reset', '-q');
    rmSync(join(folder, 'packages'), { recursive: true });
    expect(placesIn(await staged(folder))).toEqual([INDEX]);
    git(folder, 'checkout', '-q', '--', '.');
    renameSync(join(folder, INDEX), join(folder, 'packages/ui/src/main.ts'));
    git(folder, 'add', '--all');
    expect(placesIn(await staged(folder))).toEqual(['packages/ui/src/main.ts']);
  });

  test('may be a part of a file', async () => {
    const folder = committed(plainMonorepo);
    addFiles(folder, { 'packages/ui/src/more.ts': `${REACHES}\nexport const ours = 1;\n` });
    git(folder, 'add', '--all');
    addFiles(folder, { 'packages/ui/src/more.ts': 'export const ours = 1;\n' });
    expect(placesIn(await staged(folder))).toEqual(['packages/ui/src/more.ts']);
    expect(placesIn(await mortar(folder, 'check', '--json'))).toEqual([]);
  });

  test('is read from a link, a bit of the mode and a repository inside as what they are', async () => {
    const folder = committed(brokenMonorepo);
    symlinkSync('index.ts', join(folder, 'packages/ui/src/link.ts'));
    chmodSync(join(folder, INDEX), 0o755);
    const inner = join(folder, 'packages/inner');
    mkdirSync(inner);
    git(inner, 'init', '-q');
    addFiles(inner, { 'package.json': '{ "name": "inner" }', 'a.ts': REACHES });
    git(inner, 'add', '--all');
    git(inner, 'commit', '-qm', 'inner');
    await run(folder, 'git', ['add', '--all']);
    expect(placesIn(await staged(folder))).toEqual([INDEX]);
  });

  test('is seen from a folder below as from the top', async () => {
    const folder = committed(brokenMonorepo);
    const top = await staged(folder);
    expect(await mortar(join(folder, 'packages/ui/src'), 'check', '--staged', '--json')).toEqual(top);
    expect(await mortar('/', 'check', '--staged', '--json', '--root', folder)).toEqual(top);
  });

  test('is the same where the work tree is sparse', async () => {
    const folder = committed(brokenMonorepo);
    const whole = await staged(folder);
    git(folder, 'sparse-checkout', 'set', '--cone', 'packages/core');
    expect(await staged(folder)).toEqual(whole);
  });

  test('is the same in a clone with little history, and --changed says what is missing', async () => {
    const folder = committed(brokenMonorepo);
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'two');
    const clone = join(folderWith(), 'clone');
    git(folder, 'clone', '-q', '--depth', '1', `file://${folder}`, clone);
    expect(placesIn(await staged(clone))).toEqual([INDEX]);
    expect(await mortar(clone, 'check', '--changed', 'origin/main')).toMatchObject({ code: 0 });
    expect(await mortar(clone, 'check', '--changed', 'HEAD~1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"HEAD~1"'),
    });
  });

  test('is without what is only meant to be added, which a commit has not', async () => {
    const folder = committed(plainMonorepo);
    addFiles(folder, {
      'packages/ui/src/meant.ts': REACHES,
      'packages/ui/src/empty.ts': '',
      'packages/ui/src/more.ts': "import './meant.js';\nimport './empty.js';\n",
      'mortar.config.json': '{ "rules": { "unresolved-import": "error" } }',
    });
    git(folder, 'add', 'packages/ui/src/more.ts', 'packages/ui/src/empty.ts');
    git(folder, 'add', '--intent-to-add', 'packages/ui/src/meant.ts', 'mortar.config.json');
    const { stdout, stderr } = await staged(folder);
    // The configuration is not in the commit either: what it asks for holds no clone.
    expect(JSON.parse(stdout).violations).toMatchObject([
      { rule: 'unresolved-import', severity: 'warn', path: 'packages/ui/src/more.ts', line: 1 },
    ]);
    expect(stderr).toBe(
      'mortar.config.json is not in the index of git, so the check goes without it: git add mortar.config.json\n',
    );
    git(folder, 'add', '--all');
    expect(placesIn(await staged(folder))).toEqual(['packages/ui/src/meant.ts']);
  });

  test('may be without any code, as a first commit often is, with rules for what is still to come', async () => {
    const rules = '{ "dependencies": [{ "from": ["@acme/ui"], "allow": [] }] }';
    const folder = repositoryWith({ 'README.md': '', 'mortar.config.json': rules });
    const PATH = pathWith({ mortar: `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n` });
    await mortar(folder, 'hooks', 'install');
    git(folder, 'add', '--all');
    const { code, stderr } = await run(folder, 'git', ['commit', '-m', 'one'], { PATH });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'No violations: 1 module and 0 files checked.\n' });
    addFiles(folder, { 'mortar.config.json': '{ "rulez": {} }' });
    git(folder, 'add', '--all');
    expect(await mortar(folder, 'check', '--staged')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^MORTAR_RULES_INVALID: /),
    });
  });

  test('fails where only the work tree has the baseline that covers it', async () => {
    const folder = committed(brokenMonorepo);
    await mortar(folder, 'check', '--update-baseline');
    expect(await mortar(folder, 'check')).toMatchObject({ code: 0 });
    expect(await staged(folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('git add mortar.baseline.json'),
    });
    git(folder, 'add', '--all');
    expect(await staged(folder)).toMatchObject({ code: 0, stderr: '' });
  });

  test('before the first commit is checked too, and there is nothing yet to compare with', async () => {
    const folder = repositoryWith(brokenMonorepo);
    git(folder, 'add', '--all');
    expect(placesIn(await staged(folder))).toEqual([INDEX]);
    for (const ref of ['HEAD', 'main', '', '--output=pwned', 'HEAD:packages']) {
      const { code, stdout, stderr } = await mortar(folder, 'check', `--changed=${ref}`);
      expect({ code, stdout, stderr }).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(JSON.stringify(ref)),
      });
    }
  });
});

describe('what has changed', () => {
  test('counts renamed and deleted files, and what git does not know yet', async () => {
    const folder = committed({ ...brokenMonorepo, 'packages/ui/src/more.ts': REACHES });
    expect(placesIn(await changed(folder))).toEqual([]);
    renameSync(join(folder, 'packages/ui/src/more.ts'), join(folder, 'packages/ui/src/moved.ts'));
    expect(placesIn(await changed(folder))).toEqual(['packages/ui/src/moved.ts']);
    git(folder, 'add', '--all');
    expect(placesIn(await changed(folder))).toEqual(['packages/ui/src/moved.ts']);
    git(folder, 'commit', '-qm', 'two');
    expect(placesIn(await changed(folder))).toEqual([]);
    expect(placesIn(await changed(folder, 'HEAD~1'))).toEqual(['packages/ui/src/moved.ts']);
  });

  test('tells what a deletion and a package.json break', async () => {
    const folder = committed({
      ...plainMonorepo,
      'packages/ui/src/used.ts': 'export const used = 1;\n',
      'packages/ui/src/user.ts': "export { used } from './used.js';\n",
    });
    rmSync(join(folder, 'packages/ui/src/used.ts'));
    expect(JSON.parse((await changed(folder)).stdout).violations).toMatchObject([
      { rule: 'unresolved-import', path: 'packages/ui/src/user.ts' },
    ]);
    git(folder, 'checkout', '-q', '--', '.');
    addFiles(folder, { 'packages/ui/src/more.ts': REACHES });
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'two');
    expect(placesIn(await changed(folder))).toEqual([]);
    writeFileSync(join(folder, 'packages/core/package.json'), '{ "name": "@acme/core", "exports": {} }');
    expect(placesIn(await changed(folder))).toContain('packages/ui/src/more.ts');
  });

  test('holds without a branch, by a tag, and by a part of a name', async () => {
    const folder = committed(plainMonorepo);
    git(folder, 'tag', '-a', 'v1', '-m', 'one');
    const first = git(folder, 'rev-parse', '--short', 'HEAD').trim();
    git(folder, 'checkout', '-q', '--detach');
    addFiles(folder, { 'packages/ui/src/more.ts': REACHES });
    git(folder, 'add', '--all');
    git(folder, 'commit', '-qm', 'two');
    for (const ref of ['v1', first, 'main', 'HEAD^', '@~1']) {
      expect(placesIn(await changed(folder, ref))).toEqual(['packages/ui/src/more.ts']);
    }
  });
});

/** A repository with all of it in one commit. */
function committed(files: Readonly<Record<string, string>>): string {
  const folder = repositoryWith(files);
  git(folder, 'add', '--all');
  git(folder, 'commit', '-qm', 'one');
  return folder;
}

function staged(folder: string): Promise<Ended> {
  return mortar(folder, 'check', '--staged', '--json');
}

function changed(folder: string, ref = 'HEAD'): Promise<Ended> {
  return mortar(folder, 'check', '--json', '--changed', ref);
}

/** Where errors stand. */
function placesIn({ stdout }: Ended): string[] {
  const violations: { path: string; severity: string }[] = JSON.parse(stdout).violations;
  return [
    ...new Set(violations.filter(({ severity }) => severity === 'error').map(({ path }) => path)),
  ].sort();
}
