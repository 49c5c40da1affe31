/** Makes the median absolute deviation of a normal distribution its standard deviation. */
export const MAD_TO_DEVIATION = 1.482602218505602;
/** The same for the mean absolute deviation, sqrt(pi / 2). */
export const MEAN_AD_TO_DEVIATION = 1.2533141373155001;

/** The values, ascending. `values` stays as it is. */
export function ascending(values: Float64Array): Float64Array {
  return values.slice().sort();
}

/**
 * The quantile of sorted values at `share` from 0 to 1, between two of them by a straight line (type 7 of Hyndman and Fan
 * 1996, as NumPy and R have it). `NaN` of none.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  const part = place - below;
  return low * (1 - part) + high * part;
}

/** The median of values in any order, none of them `NaN`; `values` stays as it is. `NaN` of none. */
export function median(values: Float64Array): number {
  const part = values.slice();
  const middle = part.length >>> 1;
  const high = select(part, middle);
  if (part.length % 2 === 1) return high;
  const low = part
    .subarray(0, middle)
    .reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return low * 0.5 + high * 0.5;
}

/** Where the values lie, and how wide, in a way that half of them could be wrong. */
export interface RobustScale {
  readonly median: number;
  /** As a standard deviation. 0 where all values are the same. */
  readonly deviation: number;
  /** Whether half of the values are the same, so that `deviation` is made of their mean distance from the median. */
  readonly isMean: boolean;
}

/** By the median absolute deviation; or the mean one, where that is 0 (Iglewicz and Hoaglin 1993). */
export function robustScaleOf(values: Float64Array): RobustScale {
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const mad = median(distances);
  if (mad > 0) return { median: middle, deviation: mad * MAD_TO_DEVIATION, isMean: false };
  const mean = meanOf(distances);
  return { median: middle, deviation: mean * MEAN_AD_TO_DEVIATION, isMean: mean > 0 };
}

/** `NaN` of none. */
export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample, with n - 1. 0 where all values are the same, whatever rounding says. */
export function deviationOf(values: Float64Array, mean: number): number {
  const first = values[0];
  if (values.every((value) => value === first)) return 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** So many rounds only an order made to mislead can take. */
const MOST_ROUNDS = 100;

/** Hoare's selection: what sorting would put at `place`; then nothing left of it is greater, nothing right of it less. */
function select(values: Float64Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  for (let round = 0; low < high; round += 1) {
    if (round === MOST_ROUNDS) {
      values.subarray(low, high + 1).sort();
      break;
    }
    const pivot = middleOf(values[low] ?? 0, values[(low + high) >>> 1] ?? 0, values[high] ?? 0);
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1;
      while ((values[right] ?? 0) > pivot) right -= 1;
      if (left > right) break;
      const value = values[left] ?? 0;
      values[left] = values[right] ?? 0;
      values[right] = value;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place] ?? Number.NaN;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
