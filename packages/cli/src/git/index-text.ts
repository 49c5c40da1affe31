import { git } from './git.js';

/**
 * The text of a file as it would be committed, by its path from the folder; nothing where the index does not have it.
 */
export async function indexText(folder: string, path: string): Promise<string | undefined> {
  const { code, stdout } = await git(folder, ['cat-file', 'blob', `:./${path}`]);
  return code === 0 ? stdout : undefined;
}
