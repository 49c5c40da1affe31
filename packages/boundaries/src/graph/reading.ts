import { existsSync, statSync } from 'node:fs';
import { MortarError } from 'mortar/errors';
import { CacheFolder } from '../cache/cache-folder.js';
import { LostScan } from '../cache/kept-scan.js';
import { ScanCache } from '../cache/scan-cache.js';
import { ProbedFiles } from '../files/probed-files.js';
import type { ProjectFiles } from '../files/project-files.js';
import { readWorkTree } from '../files/work-tree.js';
import type { ScanProgress } from '../scanning/scan-files.js';

/** How a project is read. */
export interface ReadProjectOptions {
  /** A folder to keep what was found in each file, by its content. Without, all is read anew. */
  readonly cache?: string;
  /** The files as they are in the folder, unless said; or as they are staged in git. */
  readonly source?: 'work-tree' | 'index';
  /** How many threads read files beside this one; chosen by their number unless said. The graph is the same. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** A project whose files are listed, and what was kept of it. */
export interface Reading {
  readonly root: string;
  readonly options: ReadProjectOptions;
  readonly source: 'work-tree' | 'index';
  readonly files: ProjectFiles;
  /** The same, with what is asked of them written down. */
  readonly probed: ProbedFiles;
  readonly cache: ScanCache;
  /** Where more is kept than scans; nothing where nothing is. */
  readonly kept: CacheFolder | undefined;
}

/**
 * Lists the files of a project, and reads what was kept of them; `forget` leaves that out of account.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where `root` is no folder, `MORTAR_GIT_UNAVAILABLE` where the index can't be read
 */
export async function startReading(
  root: string,
  options: ReadProjectOptions,
  forget?: 'forget',
): Promise<Reading> {
  checkRoot(root);
  const { source = 'work-tree', cache: folder, signal } = options;
  const files =
    source === 'index'
      ? (await import('../files/git-index.js')).readGitIndex(root)
      : readWorkTree(root, signal);
  const probed = new ProbedFiles(files);
  const kept = folder === undefined ? undefined : new CacheFolder(folder, source);
  return { root, options, source, files, probed, cache: new ScanCache(kept, forget), kept };
}

/** Goes on with a reading. A cache that has lost what it says it has is as none: then all is read again, by another one. */
export async function withReading<T>(reading: Reading, use: (reading: Reading) => Promise<T>): Promise<T> {
  try {
    return await use(reading);
  } catch (error) {
    if (!(error instanceof LostScan)) throw error;
    return use(await startReading(reading.root, reading.options, 'forget'));
  }
}

function checkRoot(root: string): void {
  if (existsSync(root) && statSync(root).isDirectory()) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A project is read from the folder that it is in.',
    expected: 'a folder',
    got: root,
  });
}
