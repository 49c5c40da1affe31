/**
 * Numbers that look random and come again with the same seed.
 * @typedef {object} Random
 * @property {() => number} next from 0 up to, and without, 1
 * @property {(below: number) => number} below a whole number from 0
 * @property {(share: number) => boolean} chance true in so many of all cases
 * @property {<T>(items: readonly T[]) => T} pick
 * @property {() => number} seed for somebody else's numbers, such as those of a child process
 */

/**
 * Mulberry32, by Tommy Ettinger: 32 bits of state are enough to choose what to break.
 * @param {number} seed
 * @returns {Random}
 */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ limit) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick(items) {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.');
      return /** @type {any} */ (items[below(items.length)]);
    },
    seed: () => below(2 ** 31),
  };
}
