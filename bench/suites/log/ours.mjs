import { makeEvent } from './events.mjs';

/** @typedef {'sqlite' | 'postgres'} StoreKind */
/** @typedef {Awaited<ReturnType<typeof openOurs>>} Ours */

/**
 * Mortar's store, as an adapter describes it, with its default settings. By name, as users import it.
 * @param {StoreKind} kind
 * @param {string} where a path or a URL
 * @returns {Promise<any>} an `OpenStore`
 */
export async function openStore(kind, where) {
  const { silentLogger } = await import('mortar/logging');
  const surroundings = { logger: silentLogger };
  if (kind === 'sqlite') return (await import('@mortar/sqlite')).sqlite(where).open(surroundings);
  return (await import('@mortar/postgres')).postgres(where).open(surroundings);
}

/**
 * Makes Mortar's tables, for those who use them without Mortar.
 * @param {StoreKind} kind
 * @param {string} where
 */
export async function makeTables(kind, where) {
  const store = await openStore(kind, where);
  await store.close();
}

/**
 * @param {StoreKind} kind
 * @param {string} where
 */
export async function openOurs(kind, where) {
  const store = await openStore(kind, where);
  const { events } = store;
  return {
    store,
    /** @type {(streamId: string, number: number) => Promise<unknown>} */
    append: (streamId, number) => events.append([{ streamId, events: [makeEvent(number)] }]),
    /** @type {(streamId: string, numbers: readonly number[]) => Promise<unknown>} */
    appendTogether: (streamId, numbers) => events.append([{ streamId, events: numbers.map(makeEvent) }]),
    /** @type {(streamId: string, from: number, limit: number) => Promise<readonly any[]>} */
    readStream: (streamId, from, limit) => events.readStream(streamId, { from, limit }),
    /** @type {(after: number, limit: number) => Promise<readonly any[]>} */
    readPage: async (after, limit) => (await events.readAll({ after, limit })).entries,
    /** @type {() => Promise<void>} */
    close: () => store.close(),
  };
}
