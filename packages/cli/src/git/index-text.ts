import { git } from './git.js';

/**
 * The text of a file as it would be committed, by its path from the folder; nothing where the index does not have it.
 */
export async function indexText(folder: string, path: string): Promise<string | undefined> {
  const { code, stdout } = await git(folder, ['cat-file', 'blob', `:./${path}`]);
  if (code !== 0 || (stdout === '' && (await isOnlyMeant(folder, path)))) return undefined;
  return stdout;
}

/** What was added by `git add -N` alone is in the index as an empty file, and in no commit. */
async function isOnlyMeant(folder: string, path: string): Promise<boolean> {
  const { stdout } = await git(folder, ['status', '--porcelain', '--', path]);
  return stdout.startsWith(' A');
}
