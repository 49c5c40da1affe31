import { turn } from './contestant.mjs';

// One collection may leave what a finalizer or a weak reference still held.
const COLLECTIONS = 4;

/**
 * Bytes on the heap after everything that can be collected has been. Needs `--expose-gc`.
 * @returns {Promise<number>}
 */
export async function settledHeap() {
  if (globalThis.gc === undefined) throw new Error('The heap is measured under --expose-gc.');
  for (let collection = 0; collection < COLLECTIONS; collection += 1) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}
