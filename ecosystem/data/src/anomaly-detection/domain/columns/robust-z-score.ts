import type { Detector } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { robustScaleOf } from '../statistics/order.js';
import { type Judgement, judgeColumn } from './column-detector.js';

/**
 * The modified z-score: distances from the median, in median absolute deviations (Iglewicz and Hoaglin 1993, How to Detect
 * and Handle Outliers). Up to half of the values may be wrong without hiding each other.
 */
export const robustZScore: Detector<SettingsOf<'robust-z-score'>> = (observations, settings) =>
  judgeColumn(observations, settings, judge);

function judge(values: Float64Array): Judgement | undefined {
  const { median, deviation, isMean } = robustScaleOf(values);
  if (deviation === 0) return undefined;
  return {
    scoreOf: (value) => Math.abs(value - median) / deviation,
    centreOf: () => median,
    units: 'robust deviations',
    centreName: () => 'the median',
    notes: isMean
      ? ['At least half of the values are the same: the mean deviation from the median was used.']
      : [],
  };
}
