import { raceOnPostgres } from './race/race.mjs';

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'readers follow the log while transactions commit out of order, roll back and are killed; none may miss anything',
  runs: { postgres: 1_000_000 },
  canBeNaive: true,
  run: raceOnPostgres,
};
