import type { Detector } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { ascending, quantile } from '../statistics/order.js';
import { type Judgement, judgeColumn } from './column-detector.js';

/** How many interquartile ranges a value is below the first quartile or above the third (Tukey 1977, Exploratory Data Analysis). */
export const interquartileRange: Detector<SettingsOf<'interquartile-range'>> = (observations, settings) =>
  judgeColumn(observations, settings, judge);

function judge(values: Float64Array): Judgement | undefined {
  const sorted = ascending(values);
  const [first, third] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const range = third - first;
  if (sorted[0] === sorted.at(-1)) return undefined;
  // No unit to measure in: whatever is not that value would be infinitely far away.
  if (range === 0)
    return {
      ...UNJUDGED,
      notes: ['Half of the values are the same, so there is no range between quartiles.'],
    };
  return {
    scoreOf: (value) => Math.max(first - value, value - third, 0) / range,
    centreOf: (value) => (value < first ? first : third),
    units: 'interquartile ranges',
    centreName: (value) => (value < first ? 'the first quartile' : 'the third quartile'),
  };
}

const UNJUDGED: Judgement = {
  scoreOf: () => Number.NaN,
  centreOf: () => Number.NaN,
  units: '',
  centreName: () => '',
};
