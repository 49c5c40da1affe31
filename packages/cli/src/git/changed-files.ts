import { MortarError } from 'mortar/errors';
import { git } from './git.js';

/**
 * The files below a folder that differ from where its branch left a commit, those that git does not know yet included.
 * Paths are from the folder, with `/`; what is deleted is among them.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what names no commit, `MORTAR_GIT_UNAVAILABLE`
 */
export async function changedFiles(folder: string, ref: string): Promise<ReadonlySet<string>> {
  const base = await baseOf(folder, ref);
  const diff = ['diff', '--name-only', '--no-renames', '--no-ext-diff', '--no-textconv', '-z', '--relative'];
  const changed = await list(folder, [...diff, base, '--', '.']);
  const unknown = await list(folder, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']);
  return new Set([...changed, ...unknown]);
}

/** The last commit that HEAD and the other have in common. */
async function baseOf(folder: string, ref: string): Promise<string> {
  const inside = await git(folder, ['rev-parse', '--is-inside-work-tree']);
  if (inside.code !== 0) {
    // Git says more where there is a repository that it does not trust.
    const said = inside.stderr.trim().split('\n')[0] ?? '';
    throw failed('a folder in the work tree of a git repository', `${folder}, of which git says: ${said}`);
  }
  const commit = await git(folder, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]);
  if (commit.code !== 0) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option --changed names a commit to compare with.',
      expected: 'a branch, a tag or a commit of this repository, such as origin/main',
      got: JSON.stringify(ref),
    });
  }
  const base = await git(folder, ['merge-base', 'HEAD', commit.stdout.trim()]);
  if (base.code === 0) return base.stdout.trim();
  throw failed(
    `a commit that HEAD and ${ref} have in common (a shallow clone holds none: fetch with --unshallow, or with fetch-depth: 0)`,
    'none',
  );
}

async function list(folder: string, args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await git(folder, args);
  if (code !== 0) throw failed('an answer of git', stderr.trim());
  return stdout.split('\0').filter((path) => path !== '');
}

function failed(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_GIT_UNAVAILABLE', {
    rule: 'What has changed is asked of git.',
    expected,
    got,
  });
}
