import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFiles, COMMAND, folderWith, git, mortar, repositoryWith, run } from '../command.js';
import { brokenMonorepo, plainMonorepo } from './projects.js';

const MORE = {
  'packages/ui/src/more.ts': "import { secret } from '../../core/src/sum.js';\nexport const more = secret;\n",
};

describe('the first day of a team that has a monorepo', () => {
  test('what is there is kept as known, and what is new does not get in', async () => {
    const folder = teamRepository();
    expect(await mortar(folder, 'check')).toMatchObject({ code: 1 });
    expect(await mortar(folder, 'init')).toMatchObject({ code: 0 });
    expect(await mortar(folder, 'check', '--update-baseline')).toMatchObject({ code: 0 });
    expect(await mortar(folder, 'hooks', 'install')).toMatchObject({ code: 0 });
    expect(await commit(folder, 'Hold boundaries')).toBe(0);
    expect(await mortar(folder, 'doctor')).toMatchObject({ code: 0 });

    addFiles(folder, MORE);
    expect(await commit(folder, 'Take a short cut')).toBe(1);
    expect(
      await mortar(folder, 'explain', 'packages/ui/src/more.ts', 'packages/core/src/sum.ts'),
    ).toMatchObject({ code: 1 });
    rmSync(join(folder, 'packages/ui/src/more.ts'));

    addFiles(folder, plainMonorepo);
    // What is mended has to leave the baseline, so that it does not come back.
    expect(await commit(folder, 'Mend it')).toBe(1);
    expect(await mortar(folder, 'check', '--update-baseline')).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'mortar.baseline.json'))).toBe(false);
    expect(await commit(folder, 'Mend it')).toBe(0);
    expect(git(folder, 'log', '--format=%s').trim().split('\n')).toEqual(['Mend it', 'Hold boundaries']);
  });

  test('the baseline says who answers for it, and until when', async () => {
    const folder = teamRepository();
    git(folder, 'config', 'user.name', 'Grace');
    await mortar(folder, 'check', '--update-baseline');
    const { entries } = JSON.parse(readFileSync(join(folder, 'mortar.baseline.json'), 'utf8'));
    expect(entries).toEqual([
      expect.objectContaining({ owner: 'Grace', expires: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) }),
    ]);
    const days = (Date.parse(entries[0].expires) - Date.now()) / (24 * 60 * 60 * 1000);
    expect(days).toBeGreaterThan(180);
    expect(days).toBeLessThan(185);
  });

  test('a branch is told only what it brings', async () => {
    const folder = teamRepository();
    await run(folder, 'git', ['add', '--all']);
    git(folder, 'commit', '-qm', 'one', '--no-verify');
    git(folder, 'checkout', '-q', '-b', 'feature');
    expect(await mortar(folder, 'check', '--changed', 'main')).toMatchObject({ code: 0 });
    addFiles(folder, MORE);
    const { code, stdout } = await mortar(folder, 'check', '--changed', 'main', '--format', 'github');
    expect(code).toBe(1);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^::error file=packages\/ui\/src\/more\.ts,line=1/),
    ]);
  });

  test('in a work tree beside the first one, and below the top of the repository', async () => {
    const files = Object.entries(plainMonorepo).map(([path, text]) => [`web/${path}`, text]);
    const folder = repositoryWith({ ...Object.fromEntries(files) });
    installCommand(join(folder, 'web'));
    await mortar(join(folder, 'web'), 'hooks', 'install');
    expect(await commit(folder, 'one')).toBe(0);
    const other = join(folderWith(), 'other');
    git(folder, 'worktree', 'add', '-q', other);
    installCommand(join(other, 'web'));
    addFiles(join(other, 'web'), brokenMonorepo);
    expect(await commit(other, 'two')).toBe(1);
    addFiles(join(other, 'web'), plainMonorepo);
    addFiles(other, { 'NOTES.md': '' });
    expect(await commit(other, 'two')).toBe(0);
    // Annotations are read from the top of the repository.
    addFiles(join(other, 'web'), brokenMonorepo);
    const { stdout } = await mortar(join(other, 'web'), 'check', '--format', 'github');
    expect(stdout).toContain('file=web/packages/ui/src/index.ts,line=2');
  });
});

/** A repository with a violation, and with the command installed. */
function teamRepository(): string {
  const folder = repositoryWith(brokenMonorepo);
  installCommand(folder);
  return folder;
}

function installCommand(folder: string): void {
  const path = 'node_modules/.bin/mortar';
  addFiles(folder, {
    '.gitignore': 'node_modules\n',
    [path]: `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`,
  });
  chmodSync(join(folder, path), 0o755);
}

/** Commits all there is, and answers with the exit code of git. */
async function commit(folder: string, message: string): Promise<number | null> {
  git(folder, 'add', '--all');
  return (await run(folder, 'git', ['commit', '-qm', message])).code;
}
