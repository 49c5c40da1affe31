import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const DEBIAN = '/usr/lib/postgresql';

/**
 * The folder that holds `initdb` and `postgres`: Debian's newest, or one on the path.
 * @param {string} [debian] where Debian puts a folder for each version
 * @returns {string | undefined}
 */
export function findBinaries(debian = DEBIAN) {
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((name) => join(debian, name, 'bin'));
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...newestFirst, ...onPath].find((folder) => hasAll(folder));
}

/**
 * Installs Debian's package, if that is possible: as root, where there is `apt-get`. Its output goes to stderr.
 * @returns {boolean} whether it could
 */
export function installPackage() {
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  /** @param {string[]} args */
  const isDone = (args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] }).status === 0;
  return isDone(['update']) && isDone(['install', '-y', '--no-install-recommends', 'postgresql']);
}

/** @param {string} folder */
function hasAll(folder) {
  return ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name)));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
