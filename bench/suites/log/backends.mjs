import { makeTables, openOurs } from './ours.mjs';
import { openEmmettPostgres, openEmmettSqlite } from './peers/emmett.mjs';
import { openRawPostgres } from './peers/raw-postgres.mjs';
import { openRawSqlite } from './peers/raw-sqlite.mjs';

/** @typedef {import('./ours.mjs').StoreKind} StoreKind */
/** @typedef {import('./place.mjs').Place} Place */

/**
 * Something that keeps events.
 * @typedef {object} Log
 * @property {(stream: string, number: number) => unknown} append one event in a transaction of its own
 * @property {(stream: string, numbers: readonly number[]) => unknown} appendTogether all in one transaction
 * @property {() => unknown} close
 */

/**
 * Something that can be read in pages.
 * @typedef {object} Readable
 * @property {(stream: string, from: number, limit: number) => any} readStream
 * @property {(after: number, limit: number) => any} readPage
 */

/** @typedef {import('./peers/emmett.mjs').Emmett} Emmett */

/**
 * Those who are compared on one kind of store.
 * @typedef {object} Backend
 * @property {StoreKind} kind
 * @property {(place: Place) => Promise<import('./ours.mjs').Ours>} ours
 * @property {(place: Place) => Promise<Log & Readable>} raw the same tables, indexes and durability, without Mortar
 * @property {(place: Place) => Promise<Emmett | undefined>} emmett undefined where it is not installed
 */

/** @type {readonly Backend[]} */
export const backends = [
  {
    kind: 'sqlite',
    ours: (place) => openOurs('sqlite', place.file('ours.db')),
    async raw(place) {
      await makeTables('sqlite', place.file('raw.db'));
      return openRawSqlite(place.file('raw.db'));
    },
    emmett: (place) => openEmmettSqlite(place.file('emmett.db')),
  },
  {
    kind: 'postgres',
    ours: async (place) => openOurs('postgres', await place.database('ours')),
    async raw(place) {
      const url = await place.database('raw');
      await makeTables('postgres', url);
      return openRawPostgres(url);
    },
    emmett: async (place) => openEmmettPostgres(await place.database('emmett')),
  },
];
