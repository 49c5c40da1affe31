/**
 * How often the handlers of a contestant were called since it was last set to 0.
 * @typedef {{ calls: number }} Counter
 */

/**
 * One of those that are compared.
 * @typedef {object} Contestant
 * @property {string} name
 * @property {'ours' | 'peer'} kind
 * @property {(index: number) => unknown} publish publishes one event; the index counts up, for a turn through types
 * @property {boolean} isAwaited whether the promise of one event is awaited before the next is published
 * @property {Counter} counter
 * @property {number} callsPerEvent
 * @property {number} [maxChunk] how many events may be published before the handlers get their turn
 * @property {() => unknown} [close]
 */

/** A contestant whose handlers were not called as often as they should have been: its time means nothing. */
export class CountError extends Error {}

// A handler that was enqueued or goes on asynchronously needs some turns of the event loop. So many is never.
const MAX_TURNS = 10_000;

/**
 * A loop over `publish` with code of its own. Were it one function for all contestants, its call of `publish` would be
 * megamorphic and could be inlined for none of them, which takes more from a fast contestant than from a slow one.
 * The comment makes it unique: V8 gives equal sources equal code, and with it the same type feedback.
 * @param {Contestant} contestant
 * @returns {(count: number) => void | Promise<void>}
 */
export function loopOf({ publish, isAwaited }) {
  loops += 1;
  const body = isAwaited
    ? 'return async (count) => { for (let index = 0; index < count; index += 1) await publish(index); }'
    : 'return (count) => { for (let index = 0; index < count; index += 1) publish(index); }';
  return new Function('publish', `/* ${loops} */ ${body}`)(publish);
}

let loops = 0;

/**
 * Waits until the handlers were called as often as expected.
 * @param {Contestant} contestant
 * @param {number} expected
 * @throws {CountError} if they never are, or were called more often
 */
export async function settle(contestant, expected) {
  const { counter, name } = contestant;
  for (let turns = 0; turns === 0 || (counter.calls < expected && turns < MAX_TURNS); turns += 1)
    await turn();
  if (counter.calls === expected) return;
  throw new CountError(`The handlers of ${name}: expected ${expected} calls; got ${counter.calls}.`);
}

/** The next turn of the event loop: by then every microtask, and what those queued, has run. */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
