/**
 * The middle of some numbers; of an even count, the mean of the two in the middle.
 * @param {readonly number[]} values one or more
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = at(sorted, middle);
  return sorted.length % 2 === 1 ? upper : (at(sorted, middle - 1) + upper) / 2;
}

/**
 * How far samples lie apart: half the distance between the quartiles, as a share of the median. 0.1 reads as "± 10 %".
 * One sample that the machine disturbed does not show; that samples disagree does.
 * @param {readonly number[]} values one or more
 * @returns {number} 0 where the median is 0
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = median(sorted);
  return middle === 0 ? 0 : (percentile(sorted, 0.75) - percentile(sorted, 0.25)) / 2 / Math.abs(middle);
}

/**
 * The smallest value that is not exceeded by the given share of all (nearest rank).
 * @param {ArrayLike<number>} sorted one or more, ascending
 * @param {number} share above 0, up to 1
 * @returns {number}
 */
export function percentile(sorted, share) {
  return at(sorted, Math.max(0, Math.ceil(sorted.length * share) - 1));
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} index
 * @returns {number}
 */
function at(values, index) {
  const value = values[index];
  if (value === undefined) throw new RangeError('Statistics need one value or more.');
  return value;
}
