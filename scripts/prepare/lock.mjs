import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './report.mjs';

/**
 * The lock while it is held.
 * @typedef {object} Lock
 * @property {(pid: number) => void} recordChild Says that this process also works under the lock. An installer
 *   outlives a killed parent, and the lock is not free before both are gone.
 */

/** @typedef {{ nonce: string, host: string, pids: number[] }} Holder */

const POLL_MS = 100;
const HEARTBEAT_MS = 2_000;
// A holder on another machine (a shared folder, a container) can only be judged by its heartbeat.
const SILENT_ELSEWHERE_MS = 60_000;
// On this machine the process table knows better, until a dead holder's number belongs to someone else.
const SILENT_HERE_MS = 600_000;
const TAKEOVER_MS = 10_000;

/**
 * Runs `work` while no other process holds the lock at `path`; waits for as long as one does. A lock whose holder
 * is dead is taken over. The lock stands beside node_modules, not in it, because `npm ci` empties that folder.
 * @param {string} path
 * @param {(lock: Lock) => Promise<void>} work
 */
export async function withLock(path, work) {
  const held = await acquire(path);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  const release = () => free(path, held);
  process.once('exit', release);
  try {
    await work({
      recordChild(pid) {
        held.pids = [process.pid, pid];
        replace(path, held);
      },
    });
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
}

/**
 * @param {string} path
 * @returns {Promise<Holder>}
 */
async function acquire(path) {
  /** @type {Holder} */
  const mine = { nonce: randomUUID(), host: hostname(), pids: [process.pid] };
  for (let told = false; !create(path, JSON.stringify(mine)); ) {
    const holder = read(path);
    if (isDead(path, holder) && takeOver(path)) continue;
    if (!told)
      say(`another one is at work in this checkout (process ${holder?.pids[0] ?? '?'}); waiting for it`);
    told = true;
    await pause(POLL_MS);
  }
  return mine;
}

/**
 * Removes the lock of a dead holder. Two processes may see it dead at once; a second lock lets them look again
 * one by one, so that the later one can't remove the lock that the earlier one has taken since.
 * @param {string} path
 * @returns {boolean} whether the lock may be free now
 */
function takeOver(path) {
  const guard = `${path}.takeover`;
  if (!create(guard, '')) {
    if (ageMs(guard) > TAKEOVER_MS) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (isDead(path, read(path))) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * @param {string} path
 * @param {Holder | undefined} holder
 */
function isDead(path, holder) {
  if (holder?.host !== hostname()) return ageMs(path) > SILENT_ELSEWHERE_MS;
  return !holder.pids.some(isAlive) || ageMs(path) > SILENT_HERE_MS;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/**
 * A killed process keeps its number until its parent takes note, which in a container may be never.
 * @param {number} pid
 */
function isZombie(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the program's name, which stands in parentheses and may hold some itself.
    return status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {boolean} false if the file is there already
 */
function create(path, text) {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @param {Holder} holder
 */
function replace(path, holder) {
  const next = `${path}.${holder.nonce}`;
  writeFileSync(next, JSON.stringify(holder));
  renameSync(next, path);
}

/**
 * @param {string} path
 * @param {Holder} holder
 */
function free(path, holder) {
  if (read(path)?.nonce === holder.nonce) rmSync(path, { force: true });
}

/**
 * @param {string} path
 * @returns {Holder | undefined} undefined if the lock is gone, or its creator was killed before it wrote
 */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function touch(path) {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The lock was removed by hand: the work goes on, and there is nothing left to keep alive.
  }
}

/** @param {string} path */
function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
