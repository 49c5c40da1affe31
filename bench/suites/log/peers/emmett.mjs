import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { orderData } from '../events.mjs';

/** @typedef {ReturnType<typeof emmett>} Emmett */

/** @param {string} url */
export async function openEmmettPostgres(url) {
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  return emmett(store, () => store.close());
}

/**
 * @param {string} file
 * @returns {Promise<Emmett | undefined>} undefined where its driver is not installed
 */
export async function openEmmettSqlite(file) {
  // Optional: its driver has to be compiled where its binary can't be fetched.
  const module = await import('@event-driven-io/emmett-sqlite').catch((error) => {
    process.stderr.write(`Emmett is left out on SQLite: ${error.message}\n`);
  });
  const store = module?.getSQLiteEventStore({ fileName: file, schema: { autoMigration: 'CreateOrUpdate' } });
  if (store === undefined) return undefined;
  sayWhatNobodyCatches();
  await store.schema.migrate();
  return emmett(store, () => {});
}

/**
 * @param {any} store
 * @param {() => unknown} close
 */
function emmett(store, close) {
  const event = (/** @type {number} */ number) => ({ type: 'order-placed', data: orderData(number) });
  return {
    store,
    /** @type {(stream: string, number: number) => Promise<unknown>} */
    append: (stream, number) => store.appendToStream(stream, [event(number)]),
    /** @type {(stream: string, numbers: readonly number[]) => Promise<unknown>} */
    appendTogether: (stream, numbers) => store.appendToStream(stream, numbers.map(event)),
    /** @type {(stream: string) => Promise<readonly unknown[]>} */
    readStream: async (stream) => (await store.readStream(stream)).events,
    /**
     * Delivers the log from its beginning to a new subscription, until so many have come.
     * @param {string} name of the subscription
     * @param {number} events
     */
    async deliver(name, events) {
      const consumer = store.consumer();
      let handled = 0;
      /** @type {Promise<void>} */
      const all = new Promise((resolve) => {
        const eachMessage = () => {
          handled += 1;
          if (handled === events) resolve();
        };
        const options = { processorId: name, startFrom: 'BEGINNING', eachMessage };
        if ('reactor' in consumer) consumer.reactor(options);
        else consumer.processor(options);
      });
      const running = consumer.start();
      await Promise.race([all, running]);
      await consumer.stop();
      await running;
      // On PostgreSQL this would close the store's own connections.
      if (!('reactor' in consumer)) await consumer.close();
      if (handled < events) throw new Error(`${handled} of ${events} events were delivered`);
    },
    close,
  };
}

/** Under contention some of its promises reject with an error of its driver that nobody can catch, which would end the process. */
function sayWhatNobodyCatches() {
  if (process.listenerCount('unhandledRejection') > 0) return;
  process.on('unhandledRejection', (error) => {
    if (!(error instanceof Error) || !('errno' in error) || !error.message.startsWith('SQLITE_')) throw error;
    process.stderr.write(`Emmett rejected where nobody listens: ${error.message}\n`);
  });
}
