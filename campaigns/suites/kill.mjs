import { killOnPostgres } from './kill/postgres.mjs';
import { killOnSqlite } from './kill/sqlite.mjs';

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'kills processes that append, and servers, at random moments; what was acknowledged must be there',
  runs: { sqlite: 10_000, postgres: 200 },
  run: (task) => (task.store === 'sqlite' ? killOnSqlite(task) : killOnPostgres(task)),
};
