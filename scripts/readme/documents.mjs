import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = 'docs/guide';

/** The page whose blocks a test follows one after the other, in an empty folder, as a new user would. */
export const WALKTHROUGH = `${GUIDE}/1-getting-started.md`;

/** The example whose files that page shows. Pages after it show more of them; the same test follows what they say to type. */
export const FOLLOWED = 'examples/00-getting-started/';

/**
 * The documents whose code is compiled and run, by their paths in the repository.
 * @param {string} root
 * @returns {string[]}
 */
export function documentsIn(root) {
  const folder = join(root, GUIDE);
  const pages = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : [];
  return ['README.md', ...pages.sort().map((name) => `${GUIDE}/${name}`)];
}
