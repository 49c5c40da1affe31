import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { MortarError } from 'mortar/errors';
import type { Io } from '../io.js';

/** The name of the configuration. */
export const CONFIG_FILE = 'mortar.config.json';

/** A package.json that is larger is none that a person has written. */
const MANIFEST_BYTES = 4 * 1024 * 1024;

/**
 * The folder of the project, with symbolic links resolved: the one that is asked for, else the nearest above with a
 * configuration, else the nearest that lists workspaces, else the nearest with a package.json, else where the process
 * stands. It is not sought above the git repository, nor in the user's home folder.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where the folder that is asked for is none
 */
export function projectRoot(asked: string | undefined, { folder, workingFolder }: Io): string {
  if (asked !== undefined) return realFolder(resolve(folder, asked), asked);
  const here = realFolder(workingFolder, workingFolder);
  const above = foldersAbove(here);
  return (
    above.find((one) => existsSync(join(one, CONFIG_FILE))) ??
    above.find(listsWorkspaces) ??
    above.find((one) => existsSync(join(one, 'package.json'))) ??
    here
  );
}

function realFolder(path: string, asked: string): string {
  if (!path.includes('\0') && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return realpathSync(path);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A project is a folder.',
    expected: 'a folder that is there',
    got: JSON.stringify(asked),
  });
}

/** The folder and those above it, as far as one project may reach. */
function foldersAbove(start: string): string[] {
  const folders = [start];
  for (let here = start; !existsSync(join(here, '.git')); ) {
    const next = dirname(here);
    if (next === here || next === homedir() || next === dirname(next)) break;
    folders.push(next);
    here = next;
  }
  return folders;
}

function listsWorkspaces(folder: string): boolean {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return true;
  const path = join(folder, 'package.json');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.size > MANIFEST_BYTES) return false;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof manifest === 'object' && manifest !== null && Object.hasOwn(manifest, 'workspaces');
  } catch {
    // Whoever reads the packages says what is wrong with it.
    return false;
  }
}
