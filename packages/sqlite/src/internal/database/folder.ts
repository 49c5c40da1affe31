import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from 'mortar/errors';
import { unavailable } from '../errors.js';

/** File systems over a network, by the numbers that Linux gives them in `linux/magic.h`. */
const NETWORKED: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
]);

/**
 * Looks at the folder of a store before SQLite does, which says less of what is wrong.
 * @throws MortarError `MORTAR_STORE_UNAVAILABLE`
 */
export function checkFolder(file: string): void {
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw unavailable(file, `no folder ${folder}`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw unavailable(file, 'a folder of that name');
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unavailable(file, `a folder that can't be written to: ${messageOf(cause)}`, cause);
  }
  const network = NETWORKED.get(statfsSync(folder).type);
  // The processes that share a write-ahead log share memory, which machines don't.
  if (network !== undefined)
    throw unavailable(file, `a folder on ${network}, where files can't be shared safely`);
}

/** What tells a file from another that takes its place under the same name; nothing where there is none. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
