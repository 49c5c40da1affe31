import { robustScaleOf } from './statistics/order.js';

/** One column of numbers. `NaN` stands for a missing value. */
export interface Column {
  readonly name: string;
  readonly values: Float64Array;
}

/** What is looked at: columns of one length, and the time of each row where there is one. */
export interface Observations {
  readonly columns: readonly Column[];
  /** Milliseconds since the Unix epoch, ascending; some may be there twice. */
  readonly times?: Float64Array;
}

/** A row that stands out. */
export interface Finding {
  /** From 0, in the order of the observations. */
  readonly row: number;
  /** The columns that make it stand out, the first of them most. */
  readonly columns: readonly string[];
  /** As `Detection.scores`; `Infinity` for a value that is infinite. */
  readonly score: number;
  /** How far beyond the threshold, the same for all detectors: 1 at the threshold, 2 at twice the distance. */
  readonly degree: number;
  /** A sentence with the values. */
  readonly reason: string;
}

/** What a detector has found. */
export interface Detection {
  /** One for each row, higher for what is more unusual; `NaN` where there was nothing to judge. */
  readonly scores: Float64Array;
  /** A row whose score is above it stands out. */
  readonly threshold: number;
  /** How many rows were judged. */
  readonly judged: number;
  /** How many rows stand out, those beyond the limit of findings too. */
  readonly outlying: number;
  /** The first rows that stand out, the most unusual first. */
  readonly findings: readonly Finding[];
  /** Sentences on what the result does not cover, or what was done to the values first. */
  readonly notes: readonly string[];
}

/** One algorithm. The same observations and settings give the same detection. */
export type Detector<Settings> = (observations: Observations, settings: Settings) => Detection;

/** How a threshold is raised where scores ask for it. */
export interface Bounds {
  readonly threshold: number;
  /** No more than that share of all scores is above it. */
  readonly maxShare: number;
  /** It is at least so many robust deviations of all scores above their median. 0 unless said. */
  readonly minDeviations?: number;
}

/** The threshold that is asked for, or a higher one that keeps to the bounds. */
export function thresholdFor(
  scores: Float64Array,
  { threshold, maxShare, minDeviations = 0 }: Bounds,
): number {
  if (maxShare >= 1 && minDeviations === 0) return threshold;
  const judged = scores.filter((score) => !Number.isNaN(score)).sort();
  const most = Math.floor(judged.length * maxShare);
  const { median, deviation } = robustScaleOf(judged.filter(Number.isFinite));
  const apart = minDeviations === 0 || Number.isNaN(median) ? threshold : median + minDeviations * deviation;
  const rare = maxShare >= 1 ? threshold : (judged[judged.length - 1 - most] ?? threshold);
  return Math.max(threshold, apart, rare);
}

/** What a detector makes of scores. */
interface Scored {
  readonly scores: Float64Array;
  readonly threshold: number;
  /** The score of something as usual as can be: 0, or 1 for ratios. */
  readonly usual: number;
  readonly limit: number;
  readonly notes: readonly string[];
  readonly describe: (row: number, score: number) => Pick<Finding, 'columns' | 'reason'>;
}

/** Picks the rows that stand out, the most unusual first; equal ones by row. */
export function detectionOf({ scores, threshold, usual, limit, notes, describe }: Scored): Detection {
  const rows: number[] = [];
  let judged = 0;
  scores.forEach((score, row) => {
    if (!Number.isNaN(score)) judged += 1;
    if (score > threshold) rows.push(row);
  });
  const scoreOf = (row: number): number => scores[row] ?? Number.NaN;
  rows.sort((a, b) => (scoreOf(a) === scoreOf(b) ? a - b : scoreOf(b) > scoreOf(a) ? 1 : -1));
  const findings = rows.slice(0, limit).map((row): Finding => {
    const score = scoreOf(row);
    return { row, score, degree: (score - usual) / (threshold - usual), ...describe(row, score) };
  });
  return { scores, threshold, judged, outlying: rows.length, findings, notes };
}

/** A detection that judges nothing, and says why. */
export function nothingToJudge(rows: number, threshold: number, notes: readonly string[]): Detection {
  const scores = new Float64Array(rows).fill(Number.NaN);
  return { scores, threshold, judged: 0, outlying: 0, findings: [], notes };
}
