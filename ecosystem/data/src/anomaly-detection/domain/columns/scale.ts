import { ascending, quantile } from '../statistics/order.js';

const FEWEST_VALUES = 5;
const SKEWED = 0.2;
const MOST_ZEROS = 0.05;

/**
 * `log` for values that grow by factors: none below 0 and few at it, with quartiles that lie far more evenly once logarithms are
 * taken (the skewness of Bowley 1920, which single values can't change).
 */
export function scaleOf(values: Float64Array): 'linear' | 'log' {
  const sorted = ascending(values.filter(Number.isFinite));
  const positive = sorted.filter((value) => value > 0);
  if (positive.length < FEWEST_VALUES || (sorted[0] ?? 0) < 0) return 'linear';
  if (sorted.length - positive.length > sorted.length * MOST_ZEROS) return 'linear';
  const skewness = quartileSkewness(sorted);
  return skewness > SKEWED && Math.abs(quartileSkewness(positive.map(Math.log))) < skewness
    ? 'log'
    : 'linear';
}

function quartileSkewness(sorted: Float64Array): number {
  const [first, middle, third] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  return third === first ? 0 : (third + first - 2 * middle) / (third - first);
}
