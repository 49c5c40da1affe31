import { MortarError } from 'mortar';
import type { DetectionOutcome, DetectionTask } from '../application/runner.js';
import { detect } from '../domain/detect.js';
import { pick } from '../domain/shape.js';

/** What a thread answers with. A thrown error would lose its class on the way. */
export type WorkerAnswer =
  | { readonly outcome: DetectionOutcome }
  | {
      readonly refused: Pick<MortarError, 'code' | 'rule' | 'expected' | 'got' | 'issues'>;
    };

/** Runs in a worker thread. */
export function runDetection({ observations, rows, choice }: DetectionTask): WorkerAnswer {
  try {
    const { scores: _, ...outcome } = detect(
      rows === undefined ? observations : pick(observations, rows),
      choice,
    );
    return { outcome };
  } catch (error) {
    if (!(error instanceof MortarError)) throw error;
    const { code, rule, expected, got, issues } = error;
    return { refused: { code, rule, expected, got, issues } };
  }
}
