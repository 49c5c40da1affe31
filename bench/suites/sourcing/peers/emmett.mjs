import { DeciderCommandHandler } from '@event-driven-io/emmett';
import { decide, evolve, initialState } from '../orders.mjs';

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
