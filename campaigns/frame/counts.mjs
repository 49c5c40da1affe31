/** @typedef {Record<string, number>} Counts */

/**
 * Adds counts to others. What says how long something took at most is not added up.
 * @param {Counts} into
 * @param {Readonly<Counts>} counts
 */
export function addCounts(into, counts) {
  for (const [what, count] of Object.entries(counts)) {
    const known = into[what] ?? 0;
    into[what] = what.startsWith('longest') ? Math.max(known, count) : known + count;
  }
}
