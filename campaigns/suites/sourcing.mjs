import { killBankers } from './sourcing/run.mjs';

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'kills processes that decide, project and rebuild; read models and states must be a fold of the log from scratch',
  runs: { sqlite: 1_000, postgres: 100 },
  run: killBankers,
};
