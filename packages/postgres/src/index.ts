export type { PostgresOptions } from './options.js';
export { postgres } from './store.js';
export { PostgresTransaction, type StatementResult } from './transaction.js';
