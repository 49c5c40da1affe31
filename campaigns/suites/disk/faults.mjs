import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppender } from './appending.mjs';

const LATEST_CALL = 300;
const WITHIN_MS = 20_000;
const SYNC_FAILED = 'MORTAR_STORE_BROKEN';

/** Whether system calls can be made to fail here. */
export function canInject() {
  const { status } = spawnSync('strace', [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'inject=fdatasync:error=EIO',
    'true',
  ]);
  return status === 0;
}

/**
 * Lets a call to the kernel on the database's files fail, or every call from then on.
 * @param {string} folder
 * @param {import('../../frame/random.mjs').Random} random
 * @param {{ calls: string, error: string, lasts: boolean }} fault
 * @returns {Promise<import('./sqlite.mjs').Outcome>}
 */
export async function failCalls(folder, random, { calls, error, lasts }) {
  const file = join(folder, 'log.db');
  const which = `${1 + random.below(LATEST_CALL)}${lasts ? '+' : ''}`;
  const files = ['', '-wal', '-shm', '-journal'].flatMap((end) => ['-P', `${file}${end}`]);
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${which}`];
  const trace = join(folder, 'trace');
  const wrapper = ['strace', '-f', '-qq', '-o', trace, ...files, ...inject];
  const appender = startAppender(file, random, wrapper);
  await appender.until(() => appender.hasEnded() || isInjected(trace), WITHIN_MS);
  // What it may say then, it says now: a broken store must refuse whatever comes later.
  await appender.until(() => appender.hasEnded() || appender.failures() > 20, 300);
  await appender.kill();
  const isHit = isInjected(trace);
  const violations = await appender.audit(
    new Set(['MORTAR_STORE_FULL', 'MORTAR_STORE_UNAVAILABLE', SYNC_FAILED]),
  );
  if (calls.includes('sync') && appender.codes.size > 0 && !appender.codes.has(SYNC_FAILED)) {
    violations.push(`a failed sync came to ${[...appender.codes].join(', ')}; expected ${SYNC_FAILED}`);
  }
  return { acknowledged: appender.acknowledged.size, isHit, violations };
}

/** @param {string} trace what strace has written so far */
function isInjected(trace) {
  try {
    return readFileSync(trace, 'latin1').includes('(INJECTED)');
  } catch {
    return false;
  }
}
