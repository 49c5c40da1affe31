/** Makes the median absolute deviation of a normal distribution its standard deviation. */
export const MAD_TO_DEVIATION = 1.482602218505602;
/** The same for the mean absolute deviation, sqrt(pi / 2). */
export const MEAN_AD_TO_DEVIATION = 1.2533141373155001;

/** The values, ascending. `values` stays as it is. */
export function ascending(values: Float64Array): Float64Array {
  return Float64Array.from(values).sort();
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

/** The median of values in any order. `NaN` of none. */
export function median(values: Float64Array): number {
  return quantile(ascending(values), 0.5);
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
