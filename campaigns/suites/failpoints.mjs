import { failEverywhere } from './failpoints/run.mjs';

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'kills, throws and hangs at each labelled point of commit, lease, checkpoint, ledger, dead letter and relay',
  runs: { sqlite: 450, postgres: 450 },
  run: failEverywhere,
};
