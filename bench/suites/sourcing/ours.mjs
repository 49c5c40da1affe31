import { openStore } from '../log/ours.mjs';
import { decide, evolve, initialState, orderSchema, PLACED } from './orders.mjs';

/** @typedef {import('../log/ours.mjs').StoreKind} StoreKind */

/**
 * Something that handles commands of aggregates.
 * @typedef {object} Handling
 * @property {(id: string, numbers: readonly number[]) => Promise<number>} place places orders of one account, in a transaction of its own; answers with how many it has then
 * @property {() => unknown} close
 */

/**
 * @param {{ everyEvents?: number }} [snapshots]
 * @returns {Promise<any>} an `Aggregate`
 */
export async function makeAccounts(snapshots) {
  const { event } = await import('mortar');
  // The compiler can't see here that contracts and decider fit.
  const { aggregate } = /** @type {any} */ (await import('mortar/sourcing'));
  return aggregate('account', {
    decider: { initialState, decide, evolve },
    events: [event(PLACED, { data: orderSchema })],
    ...(snapshots === undefined ? {} : { snapshots }),
  });
}

/**
 * A repository over a store, with default settings.
 * @param {StoreKind} kind
 * @param {string} where a path or a URL
 * @returns {Promise<Handling>}
 */
export async function openRepository(kind, where) {
  const { repository } = await import('mortar/sourcing');
  const store = await openStore(kind, where);
  const accounts = repository(store, await makeAccounts());
  return {
    place: async (id, numbers) => (await accounts.handle(id, { numbers })).state.orders,
    close: () => store.close(),
  };
}

/**
 * An app with a command that the aggregate decides: data and result are validated, and the events go to subscriptions.
 * @param {StoreKind} kind
 * @param {string} where a path or a URL
 * @returns {Promise<Handling>}
 */
export async function openApp(kind, where) {
  const { app, PlaceOrders } = await startApp(await storeOf(kind, where));
  return {
    place: async (id, numbers) => (await app.dispatch(PlaceOrders, { id, numbers: [...numbers] })).orders,
    close: () => app.stop(),
  };
}

/**
 * Mortar's store, as an app is given it, with its default settings.
 * @param {StoreKind} kind
 * @param {string} where a path or a URL
 */
export async function storeOf(kind, where) {
  if (kind === 'sqlite') return (await import('@mortar/sqlite')).sqlite(where);
  return (await import('@mortar/postgres')).postgres(where);
}

/** @param {any} store */
async function startApp(store) {
  const [{ command, createApp, defineModule }, { decidedBy }, { silentLogger }, { z }] = [
    await import('mortar'),
    await import('mortar/sourcing'),
    await import('mortar/logging'),
    await import('zod'),
  ];
  const accounts = await makeAccounts();
  const PlaceOrders = command('shop.place-orders', {
    data: z.object({ id: z.string(), numbers: z.array(z.number()) }),
    result: z.object({ orders: z.number() }),
  });
  const shop = defineModule('shop', (module) => {
    module.publishes(...accounts.events.values());
    module.handle(
      PlaceOrders,
      decidedBy(accounts, {
        id: ({ id }) => id,
        command: ({ numbers }) => ({ numbers }),
        result: (/** @type {any} */ { state }) => ({ orders: state.orders }),
      }),
    );
  });
  const app = await createApp({ modules: [shop], store, logger: silentLogger });
  await app.start();
  return { app, PlaceOrders };
}
