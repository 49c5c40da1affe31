import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The name of a file that is not there, in a folder of its own, and what removes the folder. */
export function freshFile(): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-sqlite-'));
  return {
    file: join(folder, 'store.db'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The same, removed when the test ends. */
export function aFile(): string {
  const { file, remove } = freshFile();
  onTestFinished(remove);
  return file;
}
