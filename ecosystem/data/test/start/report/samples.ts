import type { ColumnDetails, Dimension, Finding } from '../../../src/data-quality/contract/report.js';
import type { DatasetOverview, Overview } from '../../../src/start/overview.js';

type Anomalies = NonNullable<DatasetOverview['anomalies']>;
export type Found = Anomalies['anomalies'][number];

/** A run with these data sets. */
export function overviewOf(datasets: readonly DatasetOverview[], parts: Partial<Overview> = {}): Overview {
  return {
    ...{ datasets, unreadable: [], alerts: [], tookMs: 2_000, rowsInThisRun: 3_000 },
    events: {
      ...{ published: { 'data-quality.dataset-registered': 4 }, publishedInThisRun: 3 },
      ...{ handledInThisRun: 2, deadLetters: 0 },
    },
    ...{ database: '/data/data.db', report: '/data/report.html' },
    ...parts,
  };
}

/** What is said of a data set. */
export interface Said {
  readonly title?: string;
  readonly path?: string;
  readonly status?: DatasetOverview['quality']['status'];
  readonly outcome?: DatasetOverview['outcome'];
  readonly reasons?: string[];
  readonly rows?: number;
  readonly columns?: ColumnDetails[];
  readonly findings?: Finding[];
  readonly scores?: Partial<Record<Dimension, number>>;
  readonly notes?: string[];
  /** Absent where they were not looked for. */
  readonly anomalies?: Found[];
}

/** A released data set of ten rows, but for what is said. */
export function datasetOf(said: Said = {}): DatasetOverview {
  const { title = 'sales.csv', path = `/data/${title}`, status = 'released', outcome = 'new' } = said;
  const { scores = { completeness: 0.75, validity: 1 } } = said;
  const { reasons = [], rows = 10, columns = [], findings = [], notes = [], anomalies } = said;
  return {
    ...{ datasetId: title, title, path, outcome },
    quality: {
      ...{ datasetId: title, check: 1, status, reasons },
      source: { path, format: 'csv', encoding: 'utf-8', bytes: 1_400_000, fingerprint: 'f' },
      assessment: status === 'refused' ? null : { rows, columns, findings, scores, overall: 0.875, notes },
    },
    anomalies: anomalies === undefined ? undefined : foundOf(title, rows, anomalies),
  };
}

function foundOf(datasetId: string, rows: number, anomalies: Found[]): Anomalies {
  return { datasetId, check: 1, rows, total: anomalies.length, anomalies, runs: [], notes: [] };
}

/** A row that stands out by one column, but for what is said. */
export function anomalyOf(parts: Partial<Found> = {}): Found {
  return {
    ...{ row: 4, columns: ['price'], values: [99], severity: 'high' },
    reasons: [{ detector: 'z-score', score: 5, threshold: 3, text: 'price is 99: far off.' }],
    ...parts,
  };
}
