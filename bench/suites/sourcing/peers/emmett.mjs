import process from 'node:process';
import { DeciderCommandHandler } from '@event-driven-io/emmett';
import { decide, evolve, initialState } from '../orders.mjs';

const MOST_LOOKS = 500;

/**
 * Emmett's handler of commands, on a store of its own.
 * @param {import('../../log/peers/emmett.mjs').Emmett} emmett
 * @param {() => unknown} close
 * @returns {import('../ours.mjs').Handling}
 */
export function emmettHandling({ store }, close) {
  const handle = DeciderCommandHandler({
    initialState,
    decide: (/** @type {any} */ command) => decide(command.data),
    evolve,
    mapToStreamId: (id) => `account-${id}`,
  });
  return {
    place: async (id, numbers) =>
      (await handle(store, id, { type: 'PlaceOrders', data: { numbers } })).newState.orders,
    close,
  };
}

/**
 * Folds a stream.
 * @param {import('../../log/peers/emmett.mjs').Emmett} emmett
 * @returns {(stream: string) => Promise<number>} how many orders the account has
 */
export function emmettLoading({ store }) {
  return async (stream) => (await store.aggregateStream(stream, { initialState, evolve })).state.orders;
}

/**
 * It is closed before its connections have ended, and one that the server ends then would end this process.
 * @param {import('../../log/ours.mjs').StoreKind} kind
 * @param {import('../../log/place.mjs').Place} place
 * @param {import('../../log/peers/emmett.mjs').Emmett} emmett
 */
export async function closeEmmett(kind, place, { close }) {
  await close();
  if (kind === 'sqlite') return;
  const server = process.env['MORTAR_TEST_POSTGRES_URL'] ?? '';
  const left = `SELECT pid FROM pg_stat_activity WHERE datname = 'mortar_bench_${process.pid}_emmett'`;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1)
    if ((await place.query(server, left)).length === 0) return;
}
