import type { Detector } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { deviationOf, meanOf } from '../statistics/order.js';
import { type Judgement, judgeColumn } from './column-detector.js';

/**
 * How many standard deviations a value is from the mean. Its own weight in both keeps a score within (n - 1) / sqrt(n)
 * (Shiffler 1988), so that among 10 values or fewer none can be above 3.
 */
export const zScore: Detector<SettingsOf<'z-score'>> = (observations, settings) =>
  judgeColumn(observations, settings, judge);

function judge(values: Float64Array): Judgement | undefined {
  const mean = meanOf(values);
  const deviation = deviationOf(values, mean);
  if (deviation === 0) return undefined;
  return {
    scoreOf: (value) => Math.abs(value - mean) / deviation,
    centreOf: () => mean,
    units: 'standard deviations',
    centreName: () => 'the mean',
  };
}
