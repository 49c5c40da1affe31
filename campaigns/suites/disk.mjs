import { diskOnSqlite } from './disk/sqlite.mjs';

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'fills disks, and lets writes and syncs fail; no append may be acknowledged that is not there afterwards',
  runs: { sqlite: 300 },
  run: diskOnSqlite,
};
