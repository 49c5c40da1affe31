import { rowOf } from './result.mjs';
import { makeRunner, takeSample, usualPace } from './sample.mjs';

/** @typedef {import('./contestant.mjs').Contestant} Contestant */
/** @typedef {import('./result.mjs').Row} Row */

/**
 * Measures contestants side by side: in one process, and in each round one sample of each, in random order. What else
 * the machine does then falls on all of them, and nobody always follows the one that leaves the most garbage.
 * @param {readonly Contestant[]} contestants
 * @param {number} rounds
 * @param {import('./sample.mjs').Pace} [pace]
 * @returns {Promise<Row[]>} nanoseconds an event
 */
export async function measureRounds(contestants, rounds, pace = usualPace) {
  const runners = [];
  for (const contestant of contestants) runners.push(await makeRunner(contestant, pace));
  // What the setting up left behind is collected here, and not by and by during the samples.
  globalThis.gc?.();
  /** @type {Map<Contestant, number[]>} */
  const samples = new Map(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of shuffled(runners)) {
      sweep();
      samples.get(runner.contestant)?.push(await takeSample(runner, pace));
    }
  }
  for (const { close } of contestants) await close?.();
  return [...samples].map(([{ name, kind }, values]) => rowOf(name, kind, values));
}

/**
 * The same items in a random order (Fisher and Yates).
 * @template T
 * @param {readonly T[]} items
 * @param {() => number} [random] from 0 up to, and without, 1
 * @returns {T[]}
 */
export function shuffled(items, random = Math.random) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [/** @type {T} */ (order[chosen]), /** @type {T} */ (order[last])];
  }
  return order;
}

/**
 * Clears the young generation, so that a sample does not pay for the garbage of the one before. Not a full collection:
 * after some of those V8 throws away the code of functions that have not run in the meantime, which all but one have.
 */
function sweep() {
  globalThis.gc?.({ type: 'minor' });
}
