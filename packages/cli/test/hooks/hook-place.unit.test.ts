import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Repository } from '../../src/git/repository.js';
import { managerCommand } from '../../src/hooks/hook-command.js';
import { hookPlace, shown } from '../../src/hooks/hook-place.js';
import { folderWith } from '../command.js';

/** Files of a repository, where git looks for its hooks, and where the check belongs. */
const CASES: readonly (readonly [string, readonly string[], string, string, string])[] = [
  ['nothing', [], '.git/hooks', 'git', '.git/hooks/pre-commit'],
  ['a folder of its own', ['.githooks/pre-push'], '.githooks', 'git', '.githooks/pre-commit'],
  ['husky 9', ['.husky/_/h'], '.husky/_', 'husky', '.husky/pre-commit'],
  ['husky 9 that is not installed here', ['.husky/pre-push'], '.git/hooks', 'husky', '.husky/pre-commit'],
  ['husky 9 in a folder', ['web/.husky/_/h'], 'web/.husky/_', 'husky', 'web/.husky/pre-commit'],
  ['husky 9 under another name', ['hooks/_/husky.sh'], 'hooks/_', 'husky', 'hooks/pre-commit'],
  ['husky 8', ['.husky/_/husky.sh'], '.husky', 'husky', '.husky/pre-commit'],
  ['a folder _ of somebody else', ['own/_/x'], 'own/_', 'git', 'own/_/pre-commit'],
  ['lefthook', ['lefthook.yml'], '.git/hooks', 'lefthook', 'lefthook.yml'],
  ['lefthook, hidden', ['.lefthook.yaml'], '.git/hooks', 'lefthook', '.lefthook.yaml'],
  [
    'lefthook among the configurations',
    ['.config/lefthook.toml'],
    '.git/hooks',
    'lefthook',
    '.config/lefthook.toml',
  ],
  [
    'husky, which git runs, beside lefthook',
    ['.husky/_/h', 'lefthook.yml'],
    '.husky/_',
    'husky',
    '.husky/pre-commit',
  ],
  [
    'lefthook, which git runs, beside husky',
    ['.husky/pre-push', 'lefthook.yml'],
    '.git/hooks',
    'lefthook',
    'lefthook.yml',
  ],
];

describe('the place of the hook', () => {
  test.each(CASES)('with %s', (_, files, hooks, manager, path) => {
    const repository = repositoryOf(files, hooks);
    const place = hookPlace(repository);
    expect({ manager: place.manager, path: shown(place.path, repository) }).toEqual({ manager, path });
  });

  test('is never outside, unless a manager leads back in', () => {
    const repository = repositoryOf([], '/usr/share/hooks');
    expect(() => hookPlace(repository)).toThrow(expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }));
    expect(hookPlace(repositoryOf(['lefthook.yml'], '/usr/share/hooks')).manager).toBe('lefthook');
  });

  test('is not a configuration that is no file', () => {
    const repository = repositoryOf(['lefthook.yml/x'], '.git/hooks');
    execFileSync('mkfifo', [join(repository.top, '.lefthook.yml')]);
    expect(hookPlace(repository).manager).toBe('git');
  });
});

describe('the command for a manager of hooks', () => {
  test.each([
    ['package-lock.json', 'npx --no-install mortar check --staged'],
    ['pnpm-lock.yaml', 'pnpm exec mortar check --staged'],
    ['yarn.lock', 'yarn run mortar check --staged'],
    ['bun.lock', 'bunx --no-install mortar check --staged'],
  ])('with %s', (lockfile, command) => {
    const top = folderWith({ [lockfile]: '' });
    expect(managerCommand(top, '')).toBe(command);
    expect(managerCommand(top, "it's")).toBe(`${command} --root 'it'\\''s'`);
  });
});

function repositoryOf(files: readonly string[], hooks: string): Repository {
  const top = folderWith(Object.fromEntries(['.git/HEAD', ...files].map((path) => [path, ''])));
  return { top, common: join(top, '.git'), hooks: hooks.startsWith('/') ? hooks : join(top, hooks) };
}
