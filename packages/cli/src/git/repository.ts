import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MortarError } from 'mortar/errors';
import { git } from './git.js';

/** A git repository with a work tree. Paths are absolute. */
export interface Repository {
  /** The top of the work tree. */
  readonly top: string;
  /** Where what all work trees share is kept: `.git` of the first one. */
  readonly common: string;
  /** Where git looks for hooks, as `core.hooksPath` says. */
  readonly hooks: string;
}

/**
 * The repository that a folder is in.
 * @throws MortarError `MORTAR_GIT_UNAVAILABLE` where there is none, or one without a work tree
 */
export async function repositoryOf(folder: string): Promise<Repository> {
  const repository = await findRepository(folder);
  if (repository !== undefined) return repository;
  // Git says more where there is one that it does not trust, or one without a work tree.
  const { stderr } = await git(folder, ['rev-parse', '--show-toplevel']);
  throw new MortarError('MORTAR_GIT_UNAVAILABLE', {
    rule: 'What concerns commits needs a git repository.',
    expected: 'a folder in the work tree of one (git init makes it)',
    got: `${folder}, of which git says: ${stderr.trim().split('\n')[0] ?? ''}`,
  });
}

/** The repository that a folder is in, if it is in one. */
export async function findRepository(folder: string): Promise<Repository | undefined> {
  const top = await ask(folder, ['--show-toplevel']);
  if (top === undefined) return undefined;
  const common = await ask(folder, ['--git-common-dir']);
  // Of a hook, not of their folder: an empty core.hooksPath leads git to the root of the file system.
  const hook = await ask(top, ['--git-path', 'hooks/pre-commit']);
  if (common === undefined || hook === undefined) return undefined;
  return { top, common: realPath(resolve(folder, common)), hooks: realPath(dirname(resolve(top, hook))) };
}

async function ask(folder: string, args: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await git(folder, ['rev-parse', ...args]);
  const answer = stdout.replace(/\r?\n$/, '');
  return code === 0 && answer !== '' ? answer : undefined;
}

/** What is not there yet stays as it is written, below what is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
