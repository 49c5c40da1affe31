import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { askServer } from './answer.mjs';

/**
 * A server of one's own: in a folder of its own, on a port of its own, for connections from this machine alone.
 * @typedef {object} Server
 * @property {string} url of the database `postgres`, as its superuser, without a password
 * @property {number} port
 * @property {() => Promise<void>} stop ends it as an administrator would, and removes its folder
 * @property {() => Promise<void>} kill ends all of its processes at once, as a power cut would end them
 * @property {() => Promise<void>} start starts it again after `kill`
 */

const USER = 'postgres';
/** Those who served for a server that was killed are not gone yet. */
const STILL_THERE = /is still in use\n[^\n]*HINT:[^\n]*$/;
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 30_000;

/**
 * Makes and starts a server.
 * @param {string} binaries the folder that holds `initdb` and `postgres`
 * @param {readonly string[]} [settings] such as `commit_delay=2000`
 * @returns {Promise<Server>}
 */
export async function startServer(binaries, settings = []) {
  // Not `tmpdir` of root alone: the user under which the server runs must get into it.
  const folder = mkdtempSync(join(tmpdir(), 'mortar-postgres-'));
  const owner = ownerOf(folder);
  try {
    initialize(binaries, folder, owner);
    const port = await freePort();
    const all = [`unix_socket_directories=${folder}`, `listen_addresses=127.0.0.1`, 'max_connections=200'];
    const options = [...all, ...settings].flatMap((setting) => ['-c', setting]);
    const start = () =>
      launch(join(binaries, 'postgres'), ['-D', join(folder, 'data'), '-p', `${port}`, ...options], {
        folder,
        owner,
        port,
      });
    return await running(folder, port, start);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {number} port
 * @param {() => Promise<import('node:child_process').ChildProcess>} start
 * @returns {Promise<Server>}
 */
async function running(folder, port, start) {
  let child = await start();
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    port,
    start: async () => {
      child = await start();
    },
    kill: async () => {
      // Each of the server's processes leads a group of its own, and would finish its statement first.
      const all = [child.pid, ...childrenOf(child)];
      for (const pid of all) kill(pid, 'SIGKILL');
      await ended(child);
    },
    stop: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => kill(child.pid, 'SIGKILL'), STOPPED_WITHIN_MS);
      await ended(child);
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * PostgreSQL refuses to run as root.
 * @typedef {{ readonly uid: number, readonly gid: number } | undefined} Owner
 */

/**
 * @param {string} folder given to the owner
 * @returns {Owner} undefined where the person's own user will do
 */
function ownerOf(folder) {
  if (process.getuid?.() !== 0) return undefined;
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  return owner;
}

/** @param {'-u' | '-g'} which */
function idOf(which) {
  for (const user of [USER, 'nobody']) {
    const { status, stdout } = spawnSync('id', [which, user], { encoding: 'utf8' });
    if (status === 0) return Number(stdout);
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody.');
}

/**
 * @param {string} binaries
 * @param {string} folder
 * @param {Owner} owner
 */
function initialize(binaries, folder, owner) {
  const args = [
    '-D',
    join(folder, 'data'),
    '-U',
    USER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const made = spawnSync(join(binaries, 'initdb'), args, { cwd: folder, encoding: 'utf8', ...owner });
  if (made.status === 0) return;
  throw new Error(`initdb failed: ${made.error?.message ?? made.stderr.trim()}`);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ folder: string, owner: Owner, port: number }} place
 */
async function launch(program, args, { folder, owner, port }) {
  const log = join(folder, 'server.log');
  const redirect = ['-c', 'exec "$@" >>"$0" 2>&1', log, program, ...args];
  const address = { host: '127.0.0.1', port, user: USER, database: 'postgres' };
  const end = Date.now() + READY_WITHIN_MS;
  const begin = () => spawn('sh', redirect, { cwd: folder, detached: true, stdio: 'ignore', ...owner });
  for (let child = begin(); ; ) {
    const answer = await askServer(address);
    if (answer.kind === 'open') return child;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    const told = hasEnded ? readFileSync(log, 'utf8').trim().slice(-2_000) : '';
    if (Date.now() > end || (hasEnded && !STILL_THERE.test(told))) {
      kill(child.pid, 'SIGKILL');
      throw new Error(`The server did not start: ${told || readFileSync(log, 'utf8').trim().slice(-2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (hasEnded) child = begin();
  }
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function kill(pid, signal) {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {number[]} none where the system does not tell
 */
function childrenOf({ pid }) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve(undefined)));
}

/** @returns {Promise<number>} a port that nobody listens on now */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
