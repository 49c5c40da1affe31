import {
  type Assessment,
  type Dimension,
  dimensions,
  type Finding,
  type Scores,
} from '../contract/report.js';

/** How much a dimension counts. */
const weights: Readonly<Record<Dimension, number>> = {
  completeness: 3,
  validity: 3,
  uniqueness: 2,
  consistency: 2,
  timeliness: 1,
};

const GOOD_ENOUGH = 0.8;
const BEARABLE = 0.5;

/** The mean of the findings of each dimension; a dimension without any has no score. */
export function scoresOf(findings: readonly Finding[]): Scores {
  const scores: Scores = {};
  for (const dimension of dimensions) {
    const own = findings.filter((finding) => finding.dimension === dimension);
    if (own.length > 0)
      scores[dimension] = rounded(own.reduce((sum, { score }) => sum + score, 0) / own.length);
  }
  return scores;
}

/** The weighted mean of the dimensions that have a score; 0 where none has. */
export function overallOf(scores: Scores): number {
  let [sum, weight] = [0, 0];
  for (const dimension of dimensions) {
    const score = scores[dimension];
    if (score === undefined) continue;
    sum += weights[dimension] * score;
    weight += weights[dimension];
  }
  return weight === 0 ? 0 : rounded(sum / weight);
}

/** Why a data set should not be used; empty where nothing speaks against it. */
export function faultsOf({
  rows,
  scores,
  overall,
}: Pick<Assessment, 'rows' | 'scores' | 'overall'>): string[] {
  if (rows === 0) return ['It has no rows.'];
  const faults = dimensions
    .filter((dimension) => (scores[dimension] ?? 1) < BEARABLE)
    .map(
      (dimension) =>
        `Its ${dimension} is ${percent(scores[dimension] ?? 0)}, less than ${percent(BEARABLE)}.`,
    );
  if (overall < GOOD_ENOUGH)
    faults.push(`Its overall score is ${percent(overall)}, less than ${percent(GOOD_ENOUGH)}.`);
  return faults;
}

/** The share of what is right; 1 where nothing was looked at. */
export function scoreOf(checked: number, broken: number): number {
  return checked === 0 ? 1 : rounded(1 - Math.min(broken, checked) / checked);
}

function percent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

/** Six decimals. What is not whole stays below 1. */
function rounded(share: number): number {
  return Math.floor(share * 1_000_000) / 1_000_000;
}
