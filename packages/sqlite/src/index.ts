export { type SqliteOptions, sqlite } from './store.js';
export type { SqliteTransaction } from './transaction.js';
