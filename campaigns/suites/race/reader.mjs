// A process that follows the log from the beginning and writes what it sees to the campaign, page by page: `key number`.
// Told `restart`, it opens the store anew and goes on from where it was.
import process from 'node:process';
import pg from 'pg';
import { listen, tell } from '../../frame/child.mjs';
import { makeRandom } from '../../frame/random.mjs';
import { openStore } from '../../frame/store.mjs';

/** @typedef {{ read: (after: number, limit: number) => Promise<{ events: readonly { key: string, number: string }[], next: number }>, close: () => Promise<unknown> }} Source */

/** @type {{ where: string, seed: number, isNaive: boolean }} */
const { where, seed, isNaive } = JSON.parse(process.argv[2] ?? '');
const random = makeRandom(seed);
const told = { stop: false, restart: false };
listen((line) => {
  if (line === 'stop' || line === 'restart') told[line] = true;
});
let after = 0;
while (!told.stop) await follow();
process.exit(0);

/** Until it is told something. */
async function follow() {
  told.restart = false;
  /** @type {Source | undefined} */
  let source;
  try {
    // Its connection may be one of those that are ended, also while it opens.
    source = isNaive ? await openNaive() : await openMortar();
    tell('ready');
    while (!told.stop && !told.restart) {
      const { events, next } = await source.read(after, 1 + random.below(500));
      after = next;
      tell([`at ${after}`, ...events.map(({ key, number }) => `saw ${key} ${number}`)].join('\n'));
      if (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    tell(`failed ${code}`);
  } finally {
    await source?.close();
  }
}

/** @returns {Promise<Source>} */
async function openMortar() {
  const store = await openStore('postgres', where);
  return {
    async read(from, limit) {
      const { entries, next } = await store.events.readAll({ after: /** @type {any} */ (from), limit });
      return { events: entries.map(({ key = '', payload }) => ({ key, number: payload })), next };
    },
    close: () => store.close(),
  };
}

/** What everybody writes first: all that is greater than what was seen last. It loses events. */
async function openNaive() {
  const client = new pg.Client({ connectionString: where });
  client.on('error', () => {});
  await client.connect();
  const sql =
    'SELECT position, key, payload::text AS number FROM mortar.events WHERE position > $1 ORDER BY position LIMIT $2';
  return {
    async read(/** @type {number} */ from, /** @type {number} */ limit) {
      const { rows } = await client.query(sql, [from, limit]);
      return { events: rows, next: rows.length === 0 ? from : Number(rows.at(-1).position) };
    },
    close: () => client.end().catch(() => {}),
  };
}
