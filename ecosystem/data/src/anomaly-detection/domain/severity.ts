/** From least to worst. */
export type Severity = 'low' | 'medium' | 'high' | 'critical';

const SLIGHT = 2;
const STRONG = 4;

/**
 * How bad it is that detectors take a row for unusual, by how far beyond their thresholds it is for each. Two that agree weigh
 * more than one that is far off, since each has its own way to be wrong.
 */
export function severityOf(degrees: readonly number[]): Severity {
  const [first = 0, second = 0] = degrees.toSorted((a, b) => b - a);
  if (first === Number.POSITIVE_INFINITY || second >= STRONG) return 'critical';
  if (second >= SLIGHT || first >= STRONG) return 'high';
  return degrees.length > 1 || first >= SLIGHT ? 'medium' : 'low';
}
