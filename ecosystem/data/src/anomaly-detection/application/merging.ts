import { type Anomaly, severities } from '../contract.js';
import type { Finding } from '../domain/detector.js';
import { severityOf } from '../domain/severity.js';
import type { Job } from './jobs.js';
import type { DetectionOutcome } from './runner.js';

/** A job with what came out of it. */
export interface Finished {
  readonly job: Job;
  readonly outcome: DetectionOutcome;
}

/** All that detectors say of one row: of one column, or of the row as a whole. */
interface Suspicion {
  readonly row: number;
  readonly job: Job;
  readonly first: Finding;
  readonly degrees: number[];
  readonly reasons: Anomaly['reasons'];
}

/** One anomaly for each row and column, or row as a whole, with the reasons of all who found it; the worst first. */
export function anomaliesOf(finished: readonly Finished[]): Anomaly[] {
  const suspicions = new Map<string, Suspicion>();
  for (const { job, outcome } of finished)
    for (const finding of outcome.findings) note(suspicions, job, finding, outcome.threshold);
  return [...suspicions.values()]
    .map((suspicion) => ({ anomaly: anomalyOf(suspicion), worst: Math.max(...suspicion.degrees) }))
    .sort(
      (a, b) =>
        severities.indexOf(b.anomaly.severity) - severities.indexOf(a.anomaly.severity) ||
        compare(b.worst, a.worst) ||
        a.anomaly.row - b.anomaly.row ||
        compare(a.anomaly.columns.join(), b.anomaly.columns.join()),
    )
    .map(({ anomaly }) => anomaly);
}

function note(suspicions: Map<string, Suspicion>, job: Job, finding: Finding, threshold: number): void {
  const row = job.rows?.[finding.row] ?? finding.row;
  const { columns } = job.observations;
  const key = `${row}/${columns.length === 1 ? columns[0]?.name : ''}`;
  const { score, degree, reason: text } = finding;
  const reason = { detector: job.choice.detector, score: finite(score), threshold, text };
  const known = suspicions.get(key);
  if (known === undefined)
    suspicions.set(key, { row, job, first: finding, degrees: [degree], reasons: [reason] });
  else {
    known.degrees.push(degree);
    known.reasons.push(reason);
  }
}

function anomalyOf({ row, job, first, degrees, reasons }: Suspicion): Anomaly {
  const { columns } = job.observations;
  const time = job.times?.[row] ?? Number.NaN;
  return {
    row,
    columns: [...first.columns],
    values: first.columns.map((name) =>
      finite(columns.find((column) => column.name === name)?.values[row] ?? Number.NaN),
    ),
    ...(Number.isFinite(time) ? { time } : {}),
    ...(job.series === undefined ? {} : { series: job.series }),
    severity: severityOf(degrees),
    reasons,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
