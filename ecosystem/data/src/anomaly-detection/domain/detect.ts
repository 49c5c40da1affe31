import { interquartileRange } from './columns/interquartile-range.js';
import { robustZScore } from './columns/robust-z-score.js';
import { zScore } from './columns/z-score.js';
import type { Detection, Observations } from './detector.js';
import { seasonalWindow } from './series/seasonal-window.js';
import { checkSettings, type DetectorChoice } from './settings.js';
import { isolationForest } from './tables/isolation-forest.js';
import { localOutlierFactor } from './tables/local-outlier-factor.js';

/** Runs one algorithm. @throws MortarError `MORTAR_OPTIONS_INVALID` for settings out of their bounds */
export function detect(observations: Observations, choice: DetectorChoice): Detection {
  const settings = checkSettings(choice);
  switch (settings.detector) {
    case 'z-score':
      return zScore(observations, settings);
    case 'robust-z-score':
      return robustZScore(observations, settings);
    case 'interquartile-range':
      return interquartileRange(observations, settings);
    case 'seasonal-window':
      return seasonalWindow(observations, settings);
    case 'isolation-forest':
      return isolationForest(observations, settings);
    case 'local-outlier-factor':
      return localOutlierFactor(observations, settings);
  }
}
