import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { runCommand } from './command.mjs';
import { Failure, say } from './report.mjs';
import { installSettings } from './settings.mjs';

/** @typedef {import('./lock.mjs').Lock} Lock */

const STAMP = '.prepared';

// Development dependencies are what builds and tests; optional ones carry the binaries of this platform.
// An explicit --include outdoes NODE_ENV and any `omit` or `production` in an .npmrc.
const INSTALL = ['ci', '--include=dev', '--include=optional', '--include=peer'];
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs the dependencies of `folder` exactly as its lockfile says, unless its stamp shows that this was done.
 * @param {string} folder holds a package.json and its package-lock.json
 * @param {Lock} lock
 */
export async function install(folder, lock) {
  const wanted = stampOf(folder);
  const found = readStamp(folder);
  if (found === wanted) return;
  const reason =
    found === undefined ? 'nothing is installed yet' : 'the lockfile, Node or the platform changed';
  say(`installing the dependencies of ${folder} (npm ci), since ${reason}`);
  clear(folder);
  const { program, shell } = npmProgram();
  const failure = await runCommand(lock, [...program, ...INSTALL, ...QUIETLY], {
    cwd: folder,
    env: installSettings(process.env),
    shell,
  });
  if (failure !== undefined) {
    throw new Failure(
      `npm ci failed in ${folder} (${failure}). Mend what it says above, then run the command again.`,
    );
  }
  writeStamp(folder, wanted);
}

/**
 * What an installation depends on: change one of these, and it is done again.
 * @param {string} folder
 */
function stampOf(folder) {
  const lockfile = join(folder, 'package-lock.json');
  if (!existsSync(lockfile))
    throw new Failure(`${lockfile} is missing. Restore it, or make it with \`npm install\`.`);
  const hash = createHash('sha256').update(readFileSync(lockfile));
  return hash.update(`${process.version} ${process.platform} ${process.arch}`).digest('hex');
}

/**
 * @param {string} folder
 * @returns {string | undefined}
 */
function readStamp(folder) {
  // A linked node_modules belongs to another checkout, and its workspace links lead there.
  if (isLink(join(folder, 'node_modules'))) return undefined;
  try {
    return readFileSync(join(folder, 'node_modules', STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Written last and in one step: an installation that was interrupted has no stamp, and is done again.
 * @param {string} folder
 * @param {string} stamp
 */
function writeStamp(folder, stamp) {
  const path = join(folder, 'node_modules', STAMP);
  writeFileSync(`${path}.new`, stamp);
  renameSync(`${path}.new`, path);
}

/**
 * `npm ci` empties node_modules itself, but through a link it would empty the folder of somebody else.
 * @param {string} folder
 */
function clear(folder) {
  const modules = join(folder, 'node_modules');
  if (isLink(modules)) rmSync(modules);
  else rmSync(join(modules, STAMP), { force: true });
}

/** @param {string} path */
function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/**
 * The npm that runs this script; without one (`node scripts/prepare.mjs`), the one beside Node, else that of PATH.
 * @returns {{ program: string[], shell: boolean }}
 */
function npmProgram() {
  const running = process.env['npm_execpath'];
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  for (const path of [running, beside]) {
    if (path !== undefined && /npm-cli\.[cm]?js$/.test(path) && existsSync(path)) {
      return { program: [process.execPath, path], shell: false };
    }
  }
  return { program: ['npm'], shell: process.platform === 'win32' };
}
