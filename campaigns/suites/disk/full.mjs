import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppender } from './appending.mjs';

const SIZE_KIB = { fewest: 1_024, more: 2_048 };
const FILLER_BYTES = 400 * 1_024;
const WITHIN_MS = 30_000;

/** Whether a small file system can be mounted here. */
export function canMount() {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-mount-'));
  const isMounted = mount(folder, 64);
  if (isMounted) unmount(folder);
  rmSync(folder, { recursive: true, force: true });
  return isMounted;
}

/**
 * A file system with little room: the process appends until there is none, is given some, and must go on without being
 * started again; then it is killed when there is none once more.
 * @type {import('./sqlite.mjs').Scenario['run']}
 */
export async function fillDisk(folder, random) {
  const place = join(folder, 'disk');
  mkdirSync(place);
  if (!mount(place, SIZE_KIB.fewest + random.below(SIZE_KIB.more)))
    throw new Error('The disk could not be mounted.');
  try {
    writeFileSync(join(place, 'filler'), Buffer.alloc(FILLER_BYTES));
    const appender = startAppender(join(place, 'log.db'), random);
    const isFull = await appender.until(() => appender.codes.has('MORTAR_STORE_FULL'), WITHIN_MS);
    const before = appender.acknowledged.size;
    rmSync(join(place, 'filler'));
    const goesOn = isFull && (await appender.until(() => appender.acknowledged.size > before, WITHIN_MS));
    const full = appender.fullTimes();
    if (goesOn) await appender.until(() => appender.fullTimes() > full + 3, WITHIN_MS);
    await appender.kill();
    // Reading takes some room, too.
    spawnSync('mount', ['-o', 'remount,size=64m', place]);
    const violations = await appender.audit(new Set(['MORTAR_STORE_FULL']));
    if (isFull && !goesOn) violations.push('nothing was acknowledged after there was room again');
    return { acknowledged: appender.acknowledged.size, isHit: isFull && goesOn, violations };
  } finally {
    unmount(place);
  }
}

/**
 * @param {string} folder
 * @param {number} kib
 */
function mount(folder, kib) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'mortar', folder]).status === 0;
}

/** @param {string} folder */
function unmount(folder) {
  spawnSync('umount', ['-l', folder]);
}
