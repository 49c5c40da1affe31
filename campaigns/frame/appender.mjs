// A child that appends as fast as it can, from several callers at once, and writes a line for each event once its append
// was acknowledged. It never ends by itself; told `stop`, it finishes what it has begun.
import process from 'node:process';
import { acknowledgement } from './audit.mjs';
import { listen, tell } from './child.mjs';
import { makeEvents } from './event.mjs';
import { makeRandom } from './random.mjs';
import { openStore } from './store.mjs';

const MOST_EVENTS = 6;
/** What may be tried again: nothing has happened, or the same append will find out whether it has. */
const TEMPORARY = new Set(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN', 'MORTAR_STORE_FULL']);

/** @type {{ store: import('./store.mjs').StoreKind, where: string, seed: number, callers: number, streams: number }} */
const { store: kind, where, seed, callers, streams } = JSON.parse(process.argv[2] ?? '');
const random = makeRandom(seed);
let isStopping = false;
listen((line) => {
  isStopping ||= line === 'stop';
});

const store = await openStore(kind, where);
tell('ready');
await Promise.all(Array.from({ length: callers }, () => call()));
await store.close();
process.exit(0);

async function call() {
  while (!isStopping) {
    const parts = random.chance(0.1) ? 2 : 1;
    const names = pickStreams(parts);
    const appends = names.map((stream) => ({
      streamId: /** @type {import('mortar/event-store').StreamId} */ (stream),
      events: makeEvents(random, 1 + random.below(MOST_EVENTS)),
    }));
    // Both parts are one append: all or nothing.
    const [first] = appends;
    const total = appends.reduce((sum, { events }) => sum + events.length, 0);
    const whole = appends.map(({ streamId, events }) => ({
      streamId,
      events: events.map((event) => ({
        ...event,
        metadata: {
          ...event.metadata,
          append: first?.events[0]?.metadata['append'] ?? '',
          of: String(total),
        },
      })),
    }));
    await appendUntilAnswered(whole);
  }
}

/** @param {readonly import('mortar/event-store').Append[]} appends */
async function appendUntilAnswered(appends) {
  while (!isStopping) {
    try {
      const { positions, versions } = await store.events.append(appends);
      acknowledge(appends, positions, versions);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      tell(`failed ${code}`);
      if (!TEMPORARY.has(code)) {
        if (code !== 'MORTAR_STORE_BROKEN') throw error;
        await insist(appends);
        isStopping = true;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/**
 * A broken store must refuse all that comes later. What it does not refuse is acknowledged, so that it shows.
 * @param {readonly import('mortar/event-store').Append[]} appends
 */
async function insist(appends) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      const { positions, versions } = await store.events.append(appends);
      acknowledge(appends, positions, versions);
    } catch (error) {
      tell(`failed ${error instanceof Error && 'code' in error ? error.code : error}`);
    }
  }
}

/**
 * @param {readonly import('mortar/event-store').Append[]} appends
 * @param {readonly number[]} positions
 * @param {readonly (number | undefined)[]} versions of the last event of each
 */
function acknowledge(appends, positions, versions) {
  let place = 0;
  const lines = appends.flatMap(({ streamId: stream = '', events }, index) =>
    events.map(({ id, metadata }, number) => {
      const version = (versions[index] ?? 0) - (events.length - 1 - number);
      const position = positions[place] ?? 0;
      place += 1;
      return acknowledgement(id, { stream, version, position, hash: metadata['hash'] ?? '' });
    }),
  );
  tell(lines.join('\n'));
}

/** @param {number} count */
function pickStreams(count) {
  const first = random.below(streams);
  return Array.from({ length: count }, (_, index) => `order-${(first + index) % streams}`);
}
