import { HOLDING } from './plan.mjs';
import { mend } from './rows.mjs';

/** @typedef {import('mortar/delivery').OpenStore} OpenStore */

const AT_ONCE = 20;
/** Somebody else has acted on the letter. */
const TAKEN = new Set(['MORTAR_DEAD_LETTER_STATE', 'MORTAR_DEAD_LETTER_MISSING']);

/**
 * Looks after the letters that hold their keys: replays each, alone or with others as a job, mended or in vain, or discards
 * it. What it was not able to do is done the next time.
 * @param {OpenStore} store
 * @param {import('../random.mjs').Random} random
 * @param {{ kind: import('../store.mjs').StoreKind, commit: (unit: Partial<import('mortar/unit-of-work').Unit>) => Promise<void>, inVain: number }} tools `inVain`: the share of letters that are replayed without having been mended
 */
export async function lookAfterLetters({ deadLetters }, random, { kind, commit, inVain }) {
  const letters = await deadLetters.list({ subscription: HOLDING }, { limit: AT_ONCE });
  const ids = [];
  for (const { id, envelope } of letters) {
    if (random.chance(0.1)) {
      await unlessTaken(() => deadLetters.change(id, 'dead', 'discarded', { note: 'given up' }));
      continue;
    }
    if (!random.chance(inVain)) await commit({ writes: [mend(kind, envelope.id)] });
    if (random.chance(0.5)) ids.push(id);
    else await unlessTaken(() => deadLetters.change(id, 'dead', 'replaying', { actor: 'operator' }));
  }
  if (ids.length > 0) await deadLetters.startJob({ filter: { ids }, actor: 'operator' });
}

/**
 * @param {OpenStore} store
 * @returns {Promise<boolean>} whether nothing is left to be done
 */
export async function isLookedAfter({ deadLetters }) {
  for (const state of /** @type {const} */ (['dead', 'replaying'])) {
    const left = await deadLetters.list({ subscription: HOLDING, state }, { limit: 1 });
    if (left.length > 0) return false;
  }
  return true;
}

/** @param {() => Promise<unknown>} act */
async function unlessTaken(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && TAKEN.has(String(error.code)))) throw error;
  }
}
