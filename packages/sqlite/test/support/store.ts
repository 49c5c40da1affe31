import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { onTestFinished } from 'vitest';
import { type SqliteOptions, sqlite } from '../../src/store.js';
import { aFile } from './file.js';

/** Opens a file, and closes it when the test ends. */
export async function openFile(file: string, options?: SqliteOptions): Promise<OpenStore> {
  const store = await sqlite(file, options).open({ logger: silentLogger });
  onTestFinished(() => store.close());
  return store;
}

/** A store over a file of its own. */
export function aStore(options?: SqliteOptions): Promise<OpenStore> {
  return openFile(aFile(), options);
}
