import { projection } from 'mortar/projections';
import { AnalysisCompleted, AnomaliesDetected, type Anomaly, type DetectorRun } from '../contract.js';

/** What the last analysis of a data set has found. */
export interface DatasetAnomalies {
  readonly datasetId: string;
  readonly check: number;
  readonly rows: number;
  readonly total: number;
  readonly anomalies: readonly Anomaly[];
  readonly runs: readonly DetectorRun[];
  readonly notes: readonly string[];
}

/** By data set. */
export const anomaliesByDataset = projection('anomalies-by-dataset', {
  events: [AnalysisCompleted, AnomaliesDetected],
  initialState: (datasetId): DatasetAnomalies => ({
    datasetId,
    check: 0,
    rows: 0,
    total: 0,
    anomalies: [],
    runs: [],
    notes: [],
  }),
  key: ({ data }) => data.datasetId,
  on: {
    // Published before the anomalies of the same analysis, so what an earlier one has found goes.
    'anomaly-detection.analysis-completed': (document, { data }) => ({
      ...document,
      check: data.check,
      rows: data.rows,
      total: data.anomalies,
      anomalies: [],
      runs: data.runs,
      notes: data.notes,
    }),
    'anomaly-detection.anomalies-detected': (document, { data }) => ({
      ...document,
      anomalies: data.anomalies,
    }),
  },
  indexes: ['total'],
});
