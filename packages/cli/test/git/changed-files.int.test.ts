import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { changedFiles } from '../../dist/git/changed-files.js';
import { addFiles, cleanEnvironment, folderWith, git, repositoryWith } from '../command.js';

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(cleanEnvironment())) {
    if (name.startsWith('GIT_')) vi.stubEnv(name, value);
  }
});

afterEach(() => vi.unstubAllEnvs());

describe('changed files', () => {
  test('are those that differ from where the branch left, whatever their names', async () => {
    const folder = history();
    git(folder, 'checkout', '--quiet', '-b', 'feature');
    addFiles(folder, { 'committed.ts': 'x' });
    commit(folder);
    addFiles(folder, { 'staged.ts': 'x', 'a.ts': 'changed', 'neu "ä"\n.ts': 'x', 'ignored.log': '' });
    git(folder, 'add', 'staged.ts');
    rmSync(join(folder, 'gone.ts'));
    // What came to the other branch later is not ours.
    git(folder, 'checkout', '--quiet', 'main', '--', '.gitignore');
    expect(await changedFiles(folder, 'main')).toEqual(
      new Set(['committed.ts', 'staged.ts', 'a.ts', 'neu "ä"\n.ts', 'gone.ts']),
    );
  });

  test('what came to the other branch since is not among them', async () => {
    const folder = history();
    git(folder, 'checkout', '--quiet', '-b', 'feature');
    git(folder, 'checkout', '--quiet', 'main');
    addFiles(folder, { 'later.ts': 'x' });
    commit(folder);
    git(folder, 'checkout', '--quiet', 'feature');
    expect(await changedFiles(folder, 'main')).toEqual(new Set());
  });

  test('count from the project, and end with it', async () => {
    const folder = history();
    addFiles(folder, { 'a.ts': 'changed', 'web/b.ts': 'changed', 'web/new.ts': '' });
    expect(await changedFiles(join(folder, 'web'), 'HEAD')).toEqual(new Set(['b.ts', 'new.ts']));
  });

  test.each(['nowhere', '--output=pwned', '$(touch pwned)', '', '-x', 'main:a.ts'])(
    '%j names no commit',
    async (ref) => {
      const folder = history();
      await expect(changedFiles(folder, ref)).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
      expect(git(folder, 'status', '--porcelain')).toBe('');
    },
  );

  test('need a repository, and history in common', async () => {
    await expect(changedFiles(folderWith(), 'main')).rejects.toMatchObject({
      code: 'MORTAR_GIT_UNAVAILABLE',
    });
    const folder = history();
    git(folder, 'checkout', '--quiet', '--orphan', 'other');
    git(folder, 'commit', '--quiet', '-m', 'other');
    await expect(changedFiles(folder, 'main')).rejects.toMatchObject({
      code: 'MORTAR_GIT_UNAVAILABLE',
      message: expect.stringContaining('fetch-depth'),
    });
  });
});

function history(): string {
  const folder = repositoryWith({ 'a.ts': '', 'gone.ts': '', 'web/b.ts': '', '.gitignore': '*.log\n' });
  commit(folder);
  return folder;
}

function commit(folder: string): void {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '-m', 'x');
}
