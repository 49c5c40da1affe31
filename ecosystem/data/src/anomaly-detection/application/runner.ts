import type { Detection, Observations } from '../domain/detector.js';
import type { DetectorChoice } from '../domain/settings.js';

/** One algorithm on some observations. */
export interface DetectionTask {
  readonly observations: Observations;
  /** Which rows to look at, in that order; all unless said. */
  readonly rows?: Int32Array;
  readonly choice: DetectorChoice;
}

/** What came out of it; the score of every row would be too much to hand on. */
export type DetectionOutcome = Omit<Detection, 'scores'>;

/** Runs algorithms without holding up whoever asks. */
export interface DetectionRunner {
  /** @throws MortarError `MORTAR_OPTIONS_INVALID` for settings out of their bounds; the reason of the signal */
  run(task: DetectionTask, signal: AbortSignal): Promise<DetectionOutcome>;
}
