import { settledHeap } from '../../harness/heap.mjs';
import { rowOf } from '../../harness/result.mjs';
import { makeEvent } from './events.mjs';
import { openStore } from './ours.mjs';
import { makePlace } from './place.mjs';

const MIB = 1_048_576;
const PAYLOAD_BYTES = 8_192;
const TOGETHER = 64;
const EVENTS = { first: (64 * MIB) / PAYLOAD_BYTES, all: (1_024 * MIB) / PAYLOAD_BYTES };
const PAGE = 500;
/** What comes and goes with pages, buffers and the allocator; a log that is kept in memory would take sixteen times this. */
const ALLOWANCE_BYTES = 64 * MIB;
const PAYLOAD = JSON.stringify({ text: 'x'.repeat(PAYLOAD_BYTES) });

/**
 * Whether the memory of a process stays flat while it appends 1 GiB of payloads and then reads all of them in pages:
 * the resident set after a collection, against what it was after the first 64 MiB were written and read.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const growth = /** @type {const} */ (['sqlite', 'postgres']).map((kind) => ({
  name: `bytes, ${kind}, resident after a log of 1 GiB`,
  isOnce: true,
  isBig: true,
  async measure({ options }) {
    const place = makePlace(options);
    try {
      const store = await openStore(
        kind,
        kind === 'sqlite' ? place.file('big.db') : await place.database('big'),
      );
      await append(store, 0, EVENTS.first);
      await readAll(store, EVENTS.first);
      const before = await residentBytes();
      await append(store, EVENTS.first, EVENTS.all);
      await readAll(store, EVENTS.all);
      const after = await residentBytes();
      await store.close();
      const limit = rowOf('the limit', 'limit', [before + ALLOWANCE_BYTES]);
      const rows = [rowOf('ours', 'ours', [after]), rowOf('after the first 64 MiB', 'peer', [before]), limit];
      const goals = [{ ours: 'ours', peer: limit.name, atLeast: 1 }];
      return [{ name: this.name, unit: 'bytes', rows, goals }];
    } finally {
      await place.close();
    }
  },
}));

/**
 * @param {any} store
 * @param {number} from
 * @param {number} to
 */
async function append({ events }, from, to) {
  for (let done = from; done < to; done += TOGETHER) {
    const some = Array.from({ length: TOGETHER }, (_, index) => ({
      ...makeEvent(done + index),
      payload: PAYLOAD,
    }));
    await events.append([{ streamId: `big-${done}`, events: some }]);
  }
}

/**
 * @param {any} store
 * @param {number} expected
 */
async function readAll({ events }, expected) {
  let read = 0;
  for (let after = 0; ; ) {
    const page = await events.readAll({ after, limit: PAGE });
    read += page.entries.length;
    if (page.isEnd) break;
    after = page.next;
  }
  if (read !== expected) throw new Error(`${expected} events were expected; ${read} were read`);
}

async function residentBytes() {
  await settledHeap();
  return process.memoryUsage().rss;
}
