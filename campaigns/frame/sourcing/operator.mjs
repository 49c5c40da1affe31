import { tell } from '../child.mjs';
import { codeOf } from './caller.mjs';

/** @typedef {import('./caller.mjs').Tools} Tools */

const EVERY_MS = 400;
/** What is asked for more often comes more than once. */
const ACTIONS = /** @type {const} */ ([
  'rebuild',
  'rebuild',
  'rebuild',
  'cancel',
  'resume',
  'resume',
  'resume',
  'reset',
  'pause',
  'activate',
]);
/** What is asked for does not fit how the read model stands; or the store is away for a moment. */
const EXPECTED = new Set([
  'MORTAR_GENERATION_STATE',
  'MORTAR_GENERATION_MISSING',
  'MORTAR_SUBSCRIPTION_MISSING',
  'MORTAR_STORE_UNAVAILABLE',
  'MORTAR_COMMIT_UNKNOWN',
]);

/**
 * Asks for something of one read model after the other, at random.
 * @param {Tools} tools
 */
export async function operate({ app, projections, random, resets, isStopping }) {
  const following = projections.filter(({ placement }) => placement !== 'live');
  while (!isStopping()) {
    await new Promise((resolve) => setTimeout(resolve, random.below(EVERY_MS)));
    const action = random.pick(ACTIONS);
    const name = `bank/${random.pick(following).name}`;
    // What is read in between may be empty.
    if (action === 'reset') resets.count += 1;
    try {
      await app.projections[action](name, { actor: 'operator' });
      tell(`asked ${action}`);
    } catch (error) {
      if (!EXPECTED.has(codeOf(error))) throw error;
    }
    if (action === 'reset') resets.count += 1;
  }
}
