import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const PAGE = Buffer.alloc(8_192, 1);
const PAGES = 64;

/**
 * How long the disk takes to keep one page, as a write-ahead log asks it to: written over what was there, then synced.
 * @param {string} file made, and left behind
 * @param {number} times
 * @returns {number[]} nanoseconds each
 */
export function timeSyncs(file, times) {
  const { sync, close } = openSyncs(file);
  try {
    return Array.from({ length: times }, () => sync());
  } finally {
    close();
  }
}

/**
 * The same, one at a time.
 * @param {string} file
 */
export function openSyncs(file) {
  const descriptor = openSync(file, 'w+');
  for (let page = 0; page < PAGES; page += 1) writeSync(descriptor, PAGE, 0, PAGE.length, page * PAGE.length);
  fdatasyncSync(descriptor);
  let time = 0;
  return {
    /** @returns {number} nanoseconds */
    sync() {
      time += 1;
      const start = performance.now();
      writeSync(descriptor, PAGE, 0, PAGE.length, (time % PAGES) * PAGE.length);
      fdatasyncSync(descriptor);
      return (performance.now() - start) * 1e6;
    },
    close: () => closeSync(descriptor),
  };
}
