import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseFile, type SourceFile } from './file.js';

/** The root of this repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const FOLDERS = ['packages', 'ecosystem', 'examples', 'scripts', 'test'];

// Fixtures are data of a test, often wrong on purpose.
const NOT_SOURCE = new Set(['node_modules', 'dist', 'fixtures', 'coverage']);

/** Every source and test file of the repository, parsed. Works without git, as in an unpacked archive. */
export function readRepository(): SourceFile[] {
  const paths = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap(listFiles);
  return paths.map((path) => parseFile(path, readFileSync(join(root, path), 'utf8')));
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    listEntry(folder, entry),
  );
}

function listEntry(folder: string, entry: Dirent): string[] {
  const path = `${folder}/${entry.name}`;
  if (entry.isDirectory()) return NOT_SOURCE.has(entry.name) ? [] : listFiles(path);
  return /\.[cm]?[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
}
